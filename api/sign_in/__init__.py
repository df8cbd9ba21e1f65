"""Who may come in and what they may do: accounts, sign-in, tokens, roles, and the audit log."""
