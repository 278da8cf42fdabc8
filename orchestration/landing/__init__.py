"""From a company folder to archived loads, and from those to the `raw` and `config` schemas.

The order of a refresh: `company.load_company` → `scan.scan` → `validate.validate` →
`archive.archive` → `raw.write_raw_zone` → `dates.check_as_of`. Nothing here knows dbt or the
orchestrator, and nothing after it opens a landed file.
"""
