"""Scorecard sets: what their files hold, whether they can be used, and what is built from them.

Nothing here imports the warehouse, pandas or dbt: the check runs at every start.
"""
