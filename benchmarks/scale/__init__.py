"""What a refresh costs as a company grows: `make bench SCALE=S`, and dbt_project/docs/cost.md."""
