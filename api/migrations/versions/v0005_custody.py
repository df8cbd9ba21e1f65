"""Looks at originals, masked copies, anchors, holds, purges and camera standing."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Take them back."""
