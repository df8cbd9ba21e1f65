"""What Alembic runs: apply the steps on the connection that `api.store.database` gives."""

from alembic import context

from api.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Table.metadata
)
context.run_migrations()
