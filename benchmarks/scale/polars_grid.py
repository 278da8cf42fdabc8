"""The values of the polars contender: the grid of limit_grid.py, in polars' words.

One row per account and week, whose date is the Sunday or the newest date; running sums of what
begins and ends; windows over the weeks; what was known late computed again as it was known.
"""

from datetime import date, timedelta
from typing import Any

import polars as pl

from benchmarks.scale.limit_grid import ANSWER, OF_USE, WEEKS_BACK
from benchmarks.scale.scorecard import Scorecard

EPOCH = date(1970, 1, 5)  # a Monday, in week 0
Frames = dict[str, pl.DataFrame]
COUNTS: tuple[str, ...] = (
    "scope",
    "in_force",
    "seats",
    "people",
    "to_solve",
    "solved",
    "due",
    "late",
)
COUNTS += ("answers", "promoters", "detractors", "asked")


def week_of(day: pl.Expr) -> pl.Expr:
    """The number of a day's week."""
    return (day.cast(pl.Int32) - 4).floordiv(7).cast(pl.Int32)


def monday_of(week: pl.Expr) -> pl.Expr:
    return (week * 7 + 4).cast(pl.Date)


def week_number(day: date) -> int:
    return (day - EPOCH).days // 7


def last_day(bits: pl.Expr) -> pl.Expr:
    """Which day of the week the highest bit stands for; null for none."""
    return pl.when(bits > 0).then(7 - bits.bitwise_leading_zeros().cast(pl.Int32))


def spells(files: dict[str, pl.LazyFrame], newest: date) -> pl.LazyFrame:
    """What begins and ends when: account, first and last day, and how much of what."""
    contracts = files["subscriptions"].select(
        "account_id",
        from_day="started_on",
        to_day=pl.min_horizontal("cancelled_on", "ends_on"),
        in_force=pl.lit(1),
        seats=pl.col("seats").fill_null(0).cast(pl.Int32),
    )
    people = (
        files["users"]
        .filter(pl.col("is_active") | pl.col("deactivated_at").is_not_null())
        .select(
            "account_id",
            from_day=pl.col("created_at").dt.date(),
            to_day=pl.col("deactivated_at").dt.date() - pl.duration(days=1),
            people=pl.lit(1),
        )
    )
    opened = pl.col("opened_at").dt.date()
    tickets = files["tickets"].select(
        "account_id",
        from_day=opened + pl.duration(days=1),
        to_day=opened + pl.duration(days=31),
        to_solve=pl.lit(1),
    )
    solved = (
        files["tickets"]
        .filter(pl.col("solved_at") <= pl.col("opened_at") + pl.duration(hours=24))
        .select(
            "account_id",
            from_day=pl.max_horizontal(opened + pl.duration(days=1), pl.col("solved_at").dt.date()),
            to_day=pl.min_horizontal(
                opened + pl.duration(days=31),
                pl.when(pl.col("reopened_at") > pl.col("solved_at")).then(
                    pl.col("reopened_at").dt.date() - pl.duration(days=1)
                ),
            ),
            solved=pl.lit(1),
        )
    )
    owed = invoices(files)
    year = pl.duration(days=364)
    due = owed.select(
        "account_id", from_day="due_on", to_day=pl.col("due_on") + year, due=pl.lit(1)
    )
    late = owed.filter("is_late").select(
        "account_id",
        from_day=pl.col("due_on") + pl.duration(days=1),
        to_day=pl.col("due_on") + year,
        late=pl.lit(1),
    )
    nps = files["survey_responses"].filter(pl.col("survey") == "nps")
    asked = nps.select(
        "account_id",
        from_day=pl.col("sent_at").dt.date(),
        to_day=pl.col("sent_at").dt.date() + year,
        asked=pl.lit(1),
    )
    scale = pl.col("scale_max") - pl.col("scale_min").fill_null(0)
    answered = pl.col("answered_at").dt.date()
    answers = (
        nps.filter(pl.col("score").is_not_null())
        .with_columns(
            answered_at=pl.coalesce("responded_at", "sent_at"),
            by=pl.coalesce("contact_id", "response_id"),
            is_nobody=pl.col("contact_id").is_null(),
            points=(pl.col("score") - pl.col("scale_min").fill_null(0)).cast(pl.Float64)
            * 10
            / scale.cast(pl.Float64),
        )
        .sort("answered_at", "response_id")
        .select(
            "account_id",
            from_day=answered,
            to_day=pl.min_horizontal(
                answered + year,
                answered.shift(-1).over("account_id", "is_nobody", "by") - pl.duration(days=1),
            ),
            answers=pl.lit(1),
            promoters=(pl.col("points") >= 9).cast(pl.Int32),
            detractors=(pl.col("points") <= 6).cast(pl.Int32),
        )
    )
    scope = contracts.select(
        "account_id", "from_day", to_day=pl.col("to_day") + pl.duration(days=30), scope=pl.lit(1)
    )
    every = [scope, contracts, people, tickets, solved, due, late, asked, answers]
    return pl.concat(every, how="diagonal").filter(
        (pl.col("from_day") <= newest)
        & (pl.col("to_day").is_null() | (pl.col("from_day") <= pl.col("to_day")))
    )


def invoices(files: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    """What is owed, and whether it is ever late."""
    is_open = pl.col("amount") > pl.col("amount_paid").fill_null(0)
    return (
        files["invoices"]
        .filter((pl.col("amount") > 0) & (pl.col("kind").fill_null("contract") != "credit"))
        .select(
            "account_id",
            "paid_on",
            due_on=pl.max_horizontal("due_on", "issued_on"),
            is_late=(pl.col("paid_on") > pl.col("due_on")).fill_null(is_open),
        )
    )


def measure(
    card: Scorecard,
    files: dict[str, pl.LazyFrame],
    use: Frames,
    first_date: date,
    first_week: int,
    begins_week: int,
) -> pl.DataFrame:
    """One row per account and date with all values and gaps, as scoring.py describes it."""
    newest = use["newest"].item()
    last_week = week_number(newest)
    cell: dict[str, Any] = {"on": ["account_id", "week"], "how": "left"}
    week = pl.max_horizontal(week_of(pl.col("day")), pl.lit(first_week))
    started = spells(files, newest)
    counts = [pl.col(name).fill_null(0).cast(pl.Int32) for name in COUNTS]
    changes = (
        pl.concat(
            [
                started.select("account_id", *counts, day="from_day"),
                started.select(
                    "account_id",
                    *(-count for count in counts),
                    day=pl.col("to_day") + pl.duration(days=1),
                ).filter(pl.col("day") <= newest),
            ]
        )
        .group_by("account_id", week=week.cast(pl.Int32))
        .agg(pl.col(COUNTS).sum())
    )
    weeks = pl.LazyFrame({"week": range(first_week, last_week + 1)}, {"week": pl.Int32})
    bits = pl.col("bits")
    valid_from = pl.max_horizontal("created_on", pl.lit(EPOCH + timedelta(weeks=begins_week)))
    accounts = files["accounts"].select(
        "account_id",
        created_on=pl.col("created_at").dt.date(),
        closed_on=pl.col("closed_at").dt.date(),
    )
    level = pl.when(monday_of(pl.col("week")) >= valid_from).then(
        pl.col("n").fill_null(0).cast(pl.Float64)
    )
    grid = (
        accounts.join(weeks, how="cross")
        .join(use["account_weeks"].lazy(), **cell)
        .join(changes, **cell)
        .sort("account_id", "week")
        .with_columns(
            level=level,
            days=bits.bitwise_count_ones().fill_null(0).cast(pl.Int32),
            last_used_on=monday_of(pl.col("week")) + pl.duration(days=last_day(bits)),
        )
        .with_columns(
            pl.col(COUNTS).fill_null(0).cum_sum().over("account_id"),
            has_weeks=bits.is_not_null().cum_max().over("account_id"),
            last_used_on=pl.col("last_used_on").cum_max().forward_fill().over("account_id"),
            active_days=pl.col("days").rolling_sum(4, min_samples=1).over("account_id"),
            level_weeks=pl.col("level")
            .is_not_null()
            .cast(pl.Int32)
            .shift(4, fill_value=0)
            .rolling_sum(9, min_samples=1)
            .over("account_id"),
            level=pl.col("level").shift(4).rolling_median(9, min_samples=1).over("account_id"),
            as_of_date=pl.min_horizontal(
                monday_of(pl.col("week")) + pl.duration(days=6), pl.lit(newest)
            ),
            users=pl.col("users").fill_null(0),
            n=pl.col("n").fill_null(0),
        )
        .filter(
            (pl.col("as_of_date") >= first_date)
            & (pl.col("created_on") <= pl.col("as_of_date"))
            & (pl.col("closed_on").is_null() | (pl.col("closed_on") > pl.col("as_of_date")))
            & (pl.col("scope") > 0)
        )
        .collect(engine="streaming")
    )
    known = _as_known(grid, use, newest, begins_week)
    return _valued(card, grid, known, _overdue(files, newest, first_week), use["account_past"])


def _as_known(grid: pl.DataFrame, use: Frames, newest: date, begins_week: int) -> pl.DataFrame:
    """The use of accounts with late rows, and of a newest date that is no Sunday."""
    cell = ["account_id", "as_of_date"]
    as_of = pl.col("as_of_date")
    late = use["late_weeks"]
    asked = grid.filter(
        pl.col("account_id").is_in(late["account_id"].unique().implode())
        | (as_of.dt.weekday() != 7)
    ).select(
        *cell,
        "created_on",
        "last_used_on",
        "has_weeks",
        sunday_users="users",
        last_week=week_of(as_of + pl.duration(days=1)) - 1,
    )
    weeks_of_late = late.group_by("account_id", "week", "late_from").agg(
        pl.col("n").sum(), pl.col("bits").bitwise_or()
    )
    in_time = use["account_weeks"].join(asked, on="account_id", how="semi")
    known = pl.concat(
        [
            in_time.select("account_id", "week", "n", "bits", late_from=pl.lit(None, pl.Date)),
            weeks_of_late.select("account_id", "week", "n", "bits", "late_from"),
        ]
    )
    is_known = pl.col("late_from").is_null() | (pl.col("late_from") <= as_of)
    weeks = (
        asked.lazy()
        .join(known.lazy(), on="account_id")
        .filter(
            is_known
            & (pl.col("week") >= pl.col("last_week") - (WEEKS_BACK - 1))
            & (pl.col("week") <= week_of(as_of))
        )
        .group_by(*cell, "last_week", "week")
        .agg(pl.col("n").sum(), pl.col("bits").bitwise_or())
        .collect(engine="streaming")
    )
    # of the oldest week only the days that lie in the window
    monday = monday_of(pl.col("week"))
    outside = ((as_of - monday).dt.total_days() - 27).clip(lower_bound=0).cast(pl.UInt32)
    inside = pl.col("bits").cast(pl.UInt32).floordiv(pl.lit(2, pl.UInt32).pow(outside))
    used = weeks.group_by(cell).agg(
        n=pl.col("n").filter(pl.col("week") == pl.col("last_week")).sum(),
        active_days=inside.bitwise_count_ones()
        .filter(monday + pl.duration(days=6) > as_of - pl.duration(days=28))
        .sum()
        .cast(pl.Int32),
    )
    last = monday_of(pl.col("week")) + pl.duration(days=last_day(pl.col("bits")))
    used_late = (
        asked.join(weeks_of_late, on="account_id")
        .filter(pl.col("late_from") <= as_of)
        .group_by(cell)
        .agg(used_late_on=last.max(), has_late=pl.lit(True))
    )
    back = pl.DataFrame({"back": range(4, WEEKS_BACK)}, {"back": pl.Int32})
    valid_from = pl.max_horizontal("created_on", pl.lit(EPOCH + timedelta(weeks=begins_week)))
    levels = (
        asked.join(back, how="cross")
        .with_columns(week=pl.col("last_week") - pl.col("back"))
        .filter(monday_of(pl.col("week")) >= valid_from)
        .join(weeks, on=[*cell, "week"], how="left")
        .group_by(cell)
        .agg(
            level_weeks=pl.len().cast(pl.Int32),
            level=pl.col("n").fill_null(0).cast(pl.Float64).median(),
        )
    )
    known_by_now = late.filter(
        (pl.col("late_from") <= newest) & (pl.col("n") > 0) & pl.col("user_id").is_not_null()
    ).select("account_id", "week", "user_id")
    of_last_week = (
        pl.concat([use["recent_users"], known_by_now])
        .filter(pl.col("week") == week_number(newest + timedelta(days=1)) - 1)
        .group_by("account_id")
        .agg(newest_users=pl.col("user_id").n_unique().cast(pl.Int32))
    )
    return (
        asked.join(used, on=cell, how="left")
        .join(used_late, on=cell, how="left")
        .join(levels, on=cell, how="left")
        .join(of_last_week, on="account_id", how="left")
        .select(
            *cell,
            pl.when(as_of.dt.weekday() == 7)
            .then("sunday_users")
            .otherwise(pl.col("newest_users").fill_null(0))
            .alias("users"),
            pl.col("n").fill_null(0),
            pl.col("active_days").fill_null(0),
            pl.max_horizontal("last_used_on", "used_late_on").alias("last_used_on"),
            pl.col("has_weeks") | pl.col("has_late").fill_null(False),
            "level_weeks",
            "level",
        )
    )


def _overdue(files: dict[str, pl.LazyFrame], newest: date, first_week: int) -> pl.DataFrame:
    """The due date of the oldest invoice that is overdue; most accounts have none."""
    last_week = week_number(newest)
    until = pl.when(pl.col("paid_on") <= newest).then(week_of(pl.col("paid_on")))
    return (
        invoices(files)
        .filter(pl.col("is_late") & (pl.col("due_on") < newest))
        .with_columns(
            from_week=pl.max_horizontal(
                week_of(pl.col("due_on") + pl.duration(days=1)), pl.lit(first_week)
            ),
            until_week=until.fill_null(last_week + 1),
        )
        .filter(pl.col("from_week") < pl.col("until_week"))
        .with_columns(week=pl.int_ranges("from_week", "until_week"))
        .explode("week")
        .group_by("account_id", pl.col("week").cast(pl.Int32))
        .agg(overdue_since=pl.col("due_on").min())
        .collect(engine="streaming")
    )


def _valued(
    card: Scorecard,
    grid: pl.DataFrame,
    known: pl.DataFrame,
    overdue: pl.DataFrame,
    past: pl.DataFrame,
) -> pl.DataFrame:
    replaced = ("users", "n", "active_days", "last_used_on", "has_weeks", "level_weeks", "level")
    renamed = known.rename({name: f"known_{name}" for name in replaced}).with_columns(
        is_known=pl.lit(True)
    )
    facts = (
        grid.join(renamed, on=["account_id", "as_of_date"], how="left")
        .join(overdue, on=["account_id", "week"], how="left")
        .join(past.rename({"last_used_on": "past_on"}), on="account_id", how="left", coalesce=True)
        .with_columns(
            pl.when("is_known").then(f"known_{name}").otherwise(name).alias(name)
            for name in replaced
        )
        .with_columns(
            last_used_on=pl.max_horizontal("last_used_on", "past_on"),
            has_past=pl.col("account_id").is_in(past["account_id"].implode()),
        )
    )

    def ratio(above: pl.Expr, below: str) -> pl.Expr:
        return pl.when(pl.col(below) > 0).then(above / pl.col(below))

    as_of = pl.col("as_of_date")
    age = (as_of - pl.col("created_on")).dt.total_days()
    is_seen = (
        (pl.col("in_force") > 0) | (pl.col("people") > 0) | pl.col("last_used_on").is_not_null()
    )
    values = (
        ratio(pl.col("users"), "seats"),
        pl.col("active_days"),
        pl.col("n"),
        (as_of - pl.col("last_used_on")).dt.total_days().fill_null(age),
        ratio(pl.col("solved"), "to_solve"),
        ratio((pl.col("promoters") - pl.col("detractors")) * 100, "answers"),
        (as_of - pl.col("overdue_since")).dt.total_days().fill_null(0),
        ratio(pl.col("late"), "due"),
    )
    gaps = []
    for k, indicator in enumerate(card.indicators):
        is_none = pl.col(f"value_{k}").is_null()
        gap: Any = pl.when(age < indicator.minimum_age).then(pl.lit("too_new"))
        if k in OF_USE:
            gap = gap.when(~is_seen).then(pl.lit("not_collected"))
        if k == ANSWER:
            gap = gap.when(is_none & (pl.col("asked") > 0)).then(pl.lit("no_response"))
        gaps.append(gap.when(is_none).then(pl.lit("not_applicable")).alias(f"gap_{k}"))
    has_level = (pl.col("level_weeks") >= 5) & (pl.col("level") > 0)
    return facts.with_columns(
        *(value.cast(pl.Float64).alias(f"value_{k}") for k, value in enumerate(values)),
        baseline=pl.when(has_level & (pl.col("has_weeks") | pl.col("has_past"))).then("level"),
    ).select(
        "account_id",
        "as_of_date",
        "baseline",
        *(f"value_{k}" for k in range(len(values))),
        *gaps,
    )
