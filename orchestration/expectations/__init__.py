"""The two gates of a refresh: raw tables before the build, built marts before publishing.

`raw_measures` and `marts_suite` measure with DuckDB, `limits` says what is usual, `raw_suite` makes
checks of both, `suites/*.yml` say what is expected of them (`expected` reads it), `validation` has
Great Expectations judge, `gate` puts it together, `history` and `page` keep and show the results.
dbt's tests own the other rules: nothing is asked twice.
"""
