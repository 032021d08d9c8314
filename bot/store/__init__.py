"""What the bot remembers: SQLAlchemy Core on SQLite or PostgreSQL. Decides nothing; imports only ``core``."""
