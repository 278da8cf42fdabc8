"""What a company folder says: company.yml, its limits, the raw tables, where its alerts go."""
