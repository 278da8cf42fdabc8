"""Whether two contenders came to the same numbers.

    python -m benchmarks.scale.agree limit/out usual/out
    python -m benchmarks.scale.agree limit/out published/scale_s_400/current/customer_health.duckdb

A side is a folder with `indicator_rows.parquet` and `account_rows.parquet`, or a published
database. Compared are the rows of the dates that both have: values and scores to 1e-9, all else
exactly. Prints the count of rows that differ, as JSON with examples.
"""

import argparse
import json
from pathlib import Path

import duckdb

TOLERANCE = 1e-9
TABLES = {
    "indicator_rows": (
        "fct_indicator_scores",
        ("account_id", "as_of_date", "indicator_id"),
        ("status", "unit", "method", "tier", "is_filled", "reason"),
        (
            "raw_value",
            "baseline_value",
            "indicator_score",
            "weight",
            "effective_weight",
            "contribution",
            "missing_points",
        ),
    ),
    "account_rows": (
        "fct_account_health",
        ("account_id", "as_of_date"),
        (
            "scorecard_id",
            "scorecard_version",
            "knock_out_id",
            "knock_out_reason",
            "band",
            "is_scored",
            "unscored_reason",
        ),
        ("weighted_score", "score", "coverage_ratio"),
    ),
}


def differing_rows(here: Path, there: Path) -> tuple[int, list[str]]:
    """How many rows have no equal on the other side, and some of them in words."""
    count, examples = 0, []
    with duckdb.connect() as connection:
        sides = []
        for name, side in (("here", here), ("there", there)):
            if side.is_file():
                connection.execute(f"attach '{side}' as {name} (read_only)")
            sides.append((name, side))
        for rows, (mart, key, exact, doubles) in TABLES.items():
            one, other = (
                f"{name}.marts.{mart}" if side.is_file() else f"'{side / rows}.parquet'"
                for name, side in sides
            )
            differs = " or ".join(
                [
                    *(f"a.{column} is distinct from b.{column}" for column in exact),
                    *(
                        f"coalesce(abs(a.{column} - b.{column}) > {TOLERANCE}, "
                        f"a.{column} is distinct from b.{column})"
                        for column in doubles
                    ),
                ]
            )
            found = connection.execute(f"""
                with dates as (
                    select distinct as_of_date from {one}
                    intersect
                    select distinct as_of_date from {other}
                ),
                a as (from {one} semi join dates using (as_of_date)),
                b as (from {other} semi join dates using (as_of_date))
                select a, b
                from a
                full outer join b using ({", ".join(key)})
                where a.account_id is null or b.account_id is null or {differs}
                order by coalesce(a.account_id, b.account_id), coalesce(a.as_of_date, b.as_of_date)
            """).fetchall()
            count += len(found)
            examples += [f"{rows}: {a} | {b}" for a, b in found[:3]]
    return count, examples


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale.agree")
    parser.add_argument("here", type=Path)
    parser.add_argument("there", type=Path)
    given = parser.parse_args()
    count, examples = differing_rows(given.here, given.there)
    print(json.dumps({"differing_rows": count, "examples": examples}, default=str, indent=1))


if __name__ == "__main__":
    main()
