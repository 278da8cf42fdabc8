"""The `config` schema of a build file: what company.yml says, as tables for the models."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple
from datetime import date
from typing import Any

import duckdb

from orchestration.company.company import Company
from orchestration.company.tables import raw_tables
from orchestration.landing.columns import LostColumn
from orchestration.landing.outages import Outage

TABLES = {
    "company": "company_id varchar, company_name varchar, time_zone varchar, "
    "reporting_currency varchar, as_of_mode varchar, as_of_date date, run_date date, "
    "score_from date, usage_measure varchar, most_open_ctas_per_owner integer",
    "build": "build_number integer, refresh_id varchar, base_hash varchar, dates_hash varchar, "
    "load_count integer, loads_hash varchar, rebuild_from date, started_at timestamp, "
    "loads_there integer",
    "plan_modules": "plan varchar, module varchar",
    "key_actions": "action varchar",
    "released_modules": "module varchar, released_on date",
    "north_star_metrics": "segment_id varchar, metric varchar",
    "disconnected_sources": "account_id varchar, source_table varchar",
    "acknowledged_outages": "table_name varchar, stale_from date, stale_until date",
    "lost_columns": "table_name varchar, column_name varchar, load_number integer, "
    "lost_from date, lost_until date",
    "table_limits": "table_name varchar, allowed_lag_days integer, quarantine_limit_ratio double",
}

# Of a build file that stands for nothing yet, by the columns of `build`.
UNSTAMPED: dict[str, Any] = {
    "build_number": 1,
    "refresh_id": "",
    "base_hash": "",
    "dates_hash": "",
    "load_count": 0,
    "loads_hash": "",
    "rebuild_from": None,
    "started_at": None,
    "loads_there": 0,  # so many of the loads were in the build that this one starts from
}


def write_config(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    *,
    run_date: date,
    as_of_date: date | None,
    outages: Iterable[Outage] = (),
    lost: Iterable[LostColumn] = (),
    stamp: Mapping[str, Any] | None = None,
) -> None:
    """Write all tables of the schema anew; `stamp` is what the build file says of itself."""
    connection.execute("drop schema if exists config cascade")
    connection.execute("create schema config")
    for name, columns in TABLES.items():
        connection.execute(f"create table config.{name} ({columns})")
    rows_of = _rows(company, run_date, as_of_date)
    rows_of["acknowledged_outages"] = [astuple(outage) for outage in outages]
    rows_of["lost_columns"] = [astuple(column) for column in lost]
    rows_of["build"] = [tuple((UNSTAMPED | dict(stamp or {})).values())]
    for name, rows in rows_of.items():
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"insert into config.{name} values ({marks})", rows)


def _rows(company: Company, run_date: date, as_of_date: date | None) -> dict[str, list[tuple]]:
    limits = {table: company.limits(table) for table in raw_tables()}
    return {
        "company": [
            (
                company.id,
                company.name,
                company.time_zone,
                company.reporting_currency,
                company.as_of,
                as_of_date,
                run_date,
                company.score_from,
                company.usage_measure,
                company.most_open_ctas_per_owner,
            )
        ],
        "plan_modules": _pairs(company.entitlements),
        "key_actions": [(action,) for action in dict.fromkeys(company.key_actions)],
        "released_modules": list(company.released_modules.items()),
        "north_star_metrics": list(company.north_star_metrics.items()),
        "disconnected_sources": _pairs(company.disconnected_sources),
        "table_limits": [
            (table, limit.allowed_lag_days, limit.quarantine_limit_ratio)
            for table, limit in limits.items()
        ],
    }


def _pairs(lists: dict[str, list[str]]) -> list[tuple]:
    return [(key, value) for key, values in lists.items() for value in dict.fromkeys(values)]
