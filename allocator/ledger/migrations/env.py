"""How alembic reaches the database: over the connection that `migrating.migrate` hands it."""

from alembic import context

from allocator.ledger import schema

context.configure(connection=context.config.attributes["connection"], target_metadata=schema.metadata)
with context.begin_transaction():
    context.run_migrations()
