"""Everything that knows Dagster; nothing outside this room does."""
