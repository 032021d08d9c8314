"""Runs migrations on the connection, and in the transaction, that ``bot.store.schema`` opened. Never connects by itself."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
