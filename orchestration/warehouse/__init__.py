"""dbt: what a build starts from, building, and comparing what was built."""
