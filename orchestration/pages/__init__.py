"""Writes generated pages of the docs; nothing imports it."""
