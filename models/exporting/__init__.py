"""Export networks from their makers' checkpoints, in an environment of their own."""
