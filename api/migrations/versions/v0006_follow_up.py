"""Another look, notices, permits and neighbouring cameras."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Take them back."""
