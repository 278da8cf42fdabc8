"""Dagster's daemon left running: days that land one by one, and what is done to it meanwhile."""
