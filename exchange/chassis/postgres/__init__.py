"""The real store: one service's own PostgreSQL database, through asyncpg."""
