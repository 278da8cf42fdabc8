"""The same figures by polars, its streaming engine reading the events.

    python -m benchmarks.scale.polars_run full path/to/company path/to/state path/to/out
    python -m benchmarks.scale.polars_run day path/to/company path/to/state path/to/out \
        --next-day path

The way is the limit's (see limit_events and limit_grid): repeated keys by the hash, weeks of users,
then one row for each account and week, running sums over them, and what was known late apart. What
is large is lazy and streamed; the grid fits into memory.
"""

import argparse
import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import yaml

from benchmarks.scale.limit import KEPT, KEPT_WEEKS, STATE_TABLES, Clock
from benchmarks.scale.limit_events import DAYS_OF_GRACE, RECENT_WEEKS
from benchmarks.scale.polars_grid import (
    Frames,
    last_day,
    measure,
    monday_of,
    week_number,
    week_of,
)
from benchmarks.scale.polars_scores import write_scores
from benchmarks.scale.scorecard import read_scorecard

CONTENT = ("account_id", "user_id", "occurred_at", "quantity")


def read_events(file: Path, earlier: Path | None, arrival: date | None) -> Frames:
    """`account_weeks`, `late_weeks`, `recent_users` of one load, and the newest day."""
    events = pl.scan_parquet(file, row_index_name="row_number")
    hashes = events.select(h=pl.col("event_id").hash()).collect(engine="streaming")["h"].sort()
    suspects = hashes.filter(hashes == hashes.shift(1)).unique()
    if earlier:
        known = pl.scan_parquet(earlier).select(h=pl.col("event_id").hash())
        seen = known.join(hashes.unique().to_frame().lazy(), on="h", how="semi")
        suspects = pl.concat([suspects, seen.collect(engine="streaming")["h"]]).unique()
    repeated = _repeated(events, earlier, suspects)
    day = pl.col("occurred_at").dt.date()
    arrived = pl.col("arrived_at").dt.date()
    if arrival:
        arrived = arrived.fill_null(arrival)
    newest = events.select(day.max()).collect(engine="streaming").item()
    counts_from = pl.max_horizontal(arrived - pl.duration(days=DAYS_OF_GRACE), day)
    in_time = pl.min_horizontal(monday_of(week_of(day)) + pl.duration(days=6), pl.lit(newest))
    is_use = pl.col("quantity").is_null() | (pl.col("quantity") >= 0)
    user_weeks = (
        events.join(repeated.lazy(), on="row_number", how="anti")
        .filter(pl.col("account_id").is_not_null() & pl.col("action").is_not_null())
        .select(
            "account_id",
            "user_id",
            week=week_of(day),
            late_from=pl.when(arrived.is_not_null() & (counts_from > in_time)).then(counts_from),
            n=is_use.cast(pl.Int32),
            bits=pl.when(is_use)
            .then(pl.lit(2, dtype=pl.UInt8).pow((day.cast(pl.Int32) - 4) % 7))
            .otherwise(pl.lit(0, dtype=pl.UInt8)),
        )
        .group_by("account_id", "week", "user_id", "late_from")
        .agg(pl.col("n").sum(), pl.col("bits").bitwise_or())
        .collect(engine="streaming")
    )
    is_late = pl.col("late_from").is_not_null()
    account_weeks = (
        user_weeks.lazy()
        .filter(~is_late)
        .group_by("account_id", "week")
        .agg(
            users=pl.col("user_id").filter(pl.col("n") > 0).is_not_null().sum().cast(pl.Int32),
            n=pl.col("n").sum(),
            bits=pl.col("bits").bitwise_or(),
        )
        .collect(engine="streaming")
    )
    is_recent = pl.col("week") > week_number(newest) - RECENT_WEEKS
    has_user = pl.col("user_id").is_not_null() & (pl.col("n") > 0)
    return {
        "account_weeks": account_weeks,
        "late_weeks": user_weeks.filter(is_late),
        "recent_users": user_weeks.filter(~is_late & has_user & is_recent).select(
            "account_id", "week", "user_id"
        ),
        "newest": pl.DataFrame({"newest": [newest]}),
    }


def _repeated(events: pl.LazyFrame, earlier: Path | None, suspects: pl.Series) -> pl.DataFrame:
    """Rows to leave out: all but the first of a key, all of one that was landed before."""

    def of_suspects(rows: pl.LazyFrame) -> pl.DataFrame:
        hashed = rows.select("row_number", "event_id", *CONTENT).with_columns(
            h=pl.col("event_id").hash()
        )
        found = hashed.join(suspects.rename("h").to_frame().lazy(), on="h", how="semi")
        return found.collect(engine="streaming")

    rows = of_suspects(events)
    if earlier:
        before = of_suspects(pl.scan_parquet(earlier, row_index_name="row_number"))
        rows = pl.concat([rows, before.with_columns(row_number=pl.lit(None, pl.get_index_type()))])
    contents = rows.group_by("event_id").agg(pl.struct(*CONTENT).n_unique().alias("contents"))
    assert (contents["contents"] <= 1).all(), "the generated data hold no key with two contents"
    ranked = rows.sort("row_number", nulls_last=False).with_columns(
        occurrence=pl.int_range(pl.len()).over("event_id")
    )
    return ranked.filter((pl.col("occurrence") > 0) & pl.col("row_number").is_not_null()).select(
        "row_number"
    )


def full(company: Path, state: Path, out: Path) -> Clock:
    """From the first load, with nothing there."""
    clock = Clock()
    (landed,) = (company / "landed").iterdir()
    card = read_scorecard(company / "scorecards")
    settings = yaml.safe_load((company / "company.yml").read_text(encoding="utf-8"))
    use = read_events(landed / "usage_events.parquet", None, None)
    clock.part("events")
    begins_week = use["account_weeks"].select(pl.col("week").min()).item()
    use["account_past"] = pl.DataFrame(schema={"account_id": pl.String, "last_used_on": pl.Date})
    files = {name: _scan(landed, name) for name in (*STATE_TABLES, "survey_responses")}
    measured = measure(card, files, use, settings["score_from"], begins_week, begins_week)
    clock.part("values")
    write_scores(measured, card, out)
    clock.part("scores")
    _keep(use, state, begins_week)
    clock.part("state")
    return clock


def day(company: Path, state: Path, out: Path, next_day: Path) -> Clock:
    """From a second load, with what the full run kept: the dates that its rows can reach."""
    clock = Clock()
    (landed,) = (company / "landed").iterdir()
    card = read_scorecard(company / "scorecards")
    kept = json.loads((state / "state.json").read_text(encoding="utf-8"))
    arrival = date.fromisoformat(next_day.name)
    events = "usage_events.parquet"
    use = read_events(next_day / events, landed / events, arrival)
    use = _put_together(use, {name: pl.read_parquet(state / f"{name}.parquet") for name in KEPT})
    clock.part("events")
    files = {name: _scan(landed, name) for name in STATE_TABLES}
    files |= {name: _scan(next_day, name) for name in ("tickets", "invoices")}
    earlier, later = (_scan(load, "survey_responses") for load in (landed, next_day))
    files["survey_responses"] = pl.concat(
        [later, earlier.join(later, on="response_id", how="anti")], how="vertical_relaxed"
    )
    first_date = arrival - timedelta(days=DAYS_OF_GRACE)
    measured = measure(card, files, use, first_date, kept["first_week"], kept["begins_week"])
    clock.part("values")
    write_scores(measured, card, out)
    clock.part("scores")
    _keep(use, state, kept["begins_week"])
    clock.part("state")
    return clock


def _scan(folder: Path, name: str) -> pl.LazyFrame:
    return pl.scan_parquet(folder / f"{name}.parquet")


def _put_together(new: Frames, kept: Frames) -> Frames:
    """The weeks of both loads: one row per account and week, its users counted again."""
    newest = new["newest"].item()
    users = pl.concat([kept["recent_users"], new["recent_users"]]).unique()
    users = users.filter(pl.col("week") > week_number(newest) - RECENT_WEEKS)
    counted = users.group_by("account_id", "week").agg(counted=pl.len().cast(pl.Int32))
    weeks = (
        pl.concat([kept["account_weeks"], new["account_weeks"]])
        .group_by("account_id", "week")
        .agg(pl.col("users").max(), pl.col("n").sum(), pl.col("bits").bitwise_or())
        .join(counted, on=["account_id", "week"], how="left")
        .with_columns(users=pl.coalesce("counted", "users"))
        .drop("counted")
    )
    return {
        "newest": new["newest"],
        "account_past": kept["account_past"],
        "account_weeks": weeks,
        "recent_users": users,
        "late_weeks": pl.concat([kept["late_weeks"], new["late_weeks"]]),
    }


def _keep(use: Frames, state: Path, begins_week: int) -> None:
    """What the next day looks back to."""
    state.mkdir(parents=True, exist_ok=True)
    first_week = max(begins_week, week_number(use["newest"].item()) - KEPT_WEEKS)
    is_past = pl.col("week") < first_week
    past = use["account_weeks"].filter(is_past)
    last = monday_of(pl.col("week")) + pl.duration(days=last_day(pl.col("bits")))
    kept = {
        "account_past": pl.concat(
            [use["account_past"], past.select("account_id", last_used_on=last)]
        )
        .group_by("account_id")
        .agg(pl.col("last_used_on").max()),
        "account_weeks": use["account_weeks"].filter(~is_past),
        "late_weeks": use["late_weeks"],
        "recent_users": use["recent_users"],
    }
    for name, frame in kept.items():
        frame.write_parquet(state / f"{name}.parquet")
    text = json.dumps({"begins_week": begins_week, "first_week": first_week})
    (state / "state.json").write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale.polars_run")
    parser.add_argument("run", choices=("full", "day"))
    parser.add_argument("company", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--next-day", type=Path)
    given = parser.parse_args()
    if given.run == "full":
        clock = full(given.company, given.state, given.out)
    else:
        clock = day(given.company, given.state, given.out, given.next_day)
    print(clock.told())


if __name__ == "__main__":
    main()
