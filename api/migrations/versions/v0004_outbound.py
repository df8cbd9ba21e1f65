"""What is sent to other systems: targets, deliveries, dead letters."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Take them back."""
