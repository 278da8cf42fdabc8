"""Dagster's assets: what is landed, what dbt builds, what is published."""
