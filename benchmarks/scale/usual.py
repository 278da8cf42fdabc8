"""The usual formulation: dates joined to rows on a range, distinct counts for each window.

    python -m benchmarks.scale.usual path/to/company path/to/out [--next-day path]

The same figures in the way in which most people would write them down, each indicator a query of
its own. It keeps no state: what it reads, it reads again for every date. With the next day's folder
it computes all dates from both loads, which is how the steps of the others are checked.
"""

import argparse
from datetime import date, timedelta
from pathlib import Path

import yaml

from benchmarks.scale.limit import Clock, connect
from benchmarks.scale.limit_events import DAYS_OF_GRACE
from benchmarks.scale.limit_grid import ANSWER, OF_USE
from benchmarks.scale.scorecard import Scorecard, read_scorecard
from benchmarks.scale.scoring import create_types, gap, write_scores

# A row of a later load counts for dates from so many days before it; one that it replaces until
# then. What says itself when it arrived is taken at its word.
EVENTS = """
create table events as
with landed as ({usage_events}),
ranked as (
    select
        *,
        row_number() over (partition by event_id order by known_from nulls first, occurred_at)
            as newest_first
    from landed
)
select
    account_id,
    user_id,
    cast(occurred_at as date) as used_on,
    coalesce(quantity, 1) >= 0 as is_use,
    coalesce(cast(arrived_at as date) - {grace}, known_from) as known_from
from ranked
where newest_first = 1
"""

DATES = """
create table dates as
select cast(day as date) as as_of_date, cast(date_trunc('week', day + interval 1 day) as date) - 7
    as monday
from range(
    timestamp '{score_from}', (select max(used_on) + 1 from events), interval 1 day
) as days (day)
where isodow(day) = 7 or day = (select max(used_on) from events)
"""

ACCOUNT_DATES = """
create table account_dates as
with contracts as (
    select
        dates.as_of_date,
        subscriptions.account_id,
        subscriptions.seats,
        least(
            case when cancelled_on <= dates.as_of_date then cancelled_on end, ends_on
        ) as over_on
    from dates
    inner join {subscriptions} as subscriptions on subscriptions.started_on <= dates.as_of_date
),
in_scope as (
    select
        account_id,
        as_of_date,
        sum(seats) filter (where coalesce(over_on >= as_of_date, true)) as seats,
        bool_or(coalesce(over_on >= as_of_date, true)) as is_in_force
    from contracts
    where coalesce(over_on >= as_of_date - 30, true)
    group by account_id, as_of_date
),
active_users as (
    select distinct in_scope.account_id, in_scope.as_of_date
    from in_scope
    inner join {users} as users
        on
            in_scope.account_id = users.account_id
            and cast(users.created_at as date) <= in_scope.as_of_date
            and coalesce(cast(users.deactivated_at as date) > in_scope.as_of_date, true)
            and (users.is_active or users.deactivated_at is not null)
)
select
    in_scope.account_id,
    in_scope.as_of_date,
    dates.monday,
    cast(accounts.created_at as date) as created_on,
    in_scope.as_of_date - cast(accounts.created_at as date) as age,
    in_scope.seats,
    in_scope.is_in_force or active_users.account_id is not null as is_observed
from in_scope
inner join dates using (as_of_date)
inner join {accounts} as accounts
    on
        in_scope.account_id = accounts.account_id
        and cast(accounts.created_at as date) <= in_scope.as_of_date
        and coalesce(cast(accounts.closed_at as date) > in_scope.as_of_date, true)
left join active_users
    on
        in_scope.account_id = active_users.account_id
        and in_scope.as_of_date = active_users.as_of_date
"""

KNOWN = """
    account_dates.account_id = rows_.account_id
    and coalesce(rows_.known_from <= account_dates.as_of_date, true)
"""
UNTIL = "and coalesce(account_dates.as_of_date < rows_.known_until, true)"

# Each gives what it is named for, of an account on a date.
QUERIES = {
    "week_users": f"""
        select account_dates.account_id, as_of_date, count(distinct rows_.user_id) as users
        from account_dates
        inner join events as rows_
            on {KNOWN} and rows_.used_on between account_dates.monday and account_dates.monday + 6
        where rows_.is_use
        group by all
    """,
    "week_use": f"""
        select account_dates.account_id, as_of_date, count(*) as n
        from account_dates
        inner join events as rows_
            on {KNOWN} and rows_.used_on between account_dates.monday and account_dates.monday + 6
        where rows_.is_use
        group by all
    """,
    "days": f"""
        select account_dates.account_id, as_of_date, count(distinct rows_.used_on) as active_days
        from account_dates
        inner join events as rows_
            on
                {KNOWN}
                and rows_.used_on between account_dates.as_of_date - 27 and account_dates.as_of_date
        where rows_.is_use
        group by all
    """,
    "recency": f"""
        select
            account_dates.account_id,
            as_of_date,
            max(rows_.used_on) filter (where rows_.is_use) as last_used_on
        from account_dates
        inner join events as rows_ on {KNOWN} and rows_.used_on <= account_dates.as_of_date
        group by all
    """,
    "own_weeks": """
        select
            account_id,
            as_of_date,
            monday - 7 * back.weeks as week
        from account_dates
        cross join (select cast(unnest(range(4, 13)) as integer) as weeks) as back
        where
            monday - 7 * back.weeks >= created_on
            and monday - 7 * back.weeks
            >= (select date_trunc('week', min(used_on)) from events)
    """,
    "own_levels": """
        with weekly as (
            select
                account_id,
                cast(date_trunc('week', used_on) as date) as week,
                known_from,
                count(*) as n
            from events
            where is_use
            group by all
        ),
        known as (
            select
                own_weeks.account_id,
                own_weeks.as_of_date,
                own_weeks.week,
                sum(weekly.n) as n
            from own_weeks
            inner join weekly
                on
                    own_weeks.account_id = weekly.account_id
                    and own_weeks.week = weekly.week
                    and coalesce(weekly.known_from <= own_weeks.as_of_date, true)
            group by all
        ),
        counted as (
            select own_weeks.*, coalesce(known.n, 0) as n
            from own_weeks
            left join known using (account_id, as_of_date, week)
        )
        select account_id, as_of_date, median(n) as baseline
        from counted
        group by all
        having count(*) >= 5 and median(n) > 0
    """,
    "solved": f"""
        select
            account_dates.account_id,
            as_of_date,
            count(*) as to_solve,
            count(*) filter (
                where
                    rows_.solved_at <= rows_.opened_at + interval 24 hours
                    and cast(rows_.solved_at as date) <= as_of_date
                    and not coalesce(
                        rows_.reopened_at > rows_.solved_at
                        and cast(rows_.reopened_at as date) <= as_of_date,
                        false
                    )
            ) as solved
        from account_dates
        inner join tickets as rows_
            on
                {KNOWN}
                {UNTIL}
                and cast(rows_.opened_at as date)
                between account_dates.as_of_date - 31 and account_dates.as_of_date - 1
        group by all
    """,
    "asked": f"""
        select distinct account_dates.account_id, as_of_date
        from account_dates
        inner join survey_responses as rows_
            on
                {KNOWN}
                {UNTIL}
                and cast(rows_.sent_at as date)
                between account_dates.as_of_date - 364 and account_dates.as_of_date
        where rows_.survey = 'nps'
    """,
    "answers": f"""
        with answered as (
            select
                account_dates.account_id,
                as_of_date,
                (score - coalesce(scale_min, 0)) * 10 / (scale_max - coalesce(scale_min, 0))
                    as points,
                row_number() over (
                    partition by account_dates.account_id, as_of_date, contact_id,
                    case when contact_id is null then response_id end
                    order by responded_at desc, response_id desc
                ) as newest_first
            from account_dates
            inner join survey_responses as rows_
                on
                    {KNOWN}
                    {UNTIL}
                    and cast(rows_.responded_at as date)
                    between account_dates.as_of_date - 364 and account_dates.as_of_date
            where rows_.survey = 'nps' and rows_.score is not null
        )
        select
            account_id,
            as_of_date,
            (count(*) filter (where points >= 9) - count(*) filter (where points <= 6)) * 100.0
            / count(*) as nps
        from answered
        where newest_first = 1
        group by all
    """,
    "paid": f"""
        with as_of as (
            select
                account_dates.account_id,
                as_of_date,
                rows_.due_on,
                case when rows_.paid_on <= as_of_date then rows_.paid_on end as paid_on,
                case
                    when rows_.paid_on <= as_of_date then 0
                    when rows_.paid_on is not null then rows_.amount
                    else rows_.amount - coalesce(rows_.amount_paid, 0)
                end as open_amount
            from account_dates
            inner join invoices as rows_
                on {KNOWN} {UNTIL} and rows_.issued_on <= account_dates.as_of_date
            where rows_.amount > 0 and coalesce(rows_.kind, '') <> 'credit'
        ),
        judged as (
            select
                *,
                due_on between as_of_date - 364 and as_of_date as is_due,
                open_amount > 0 and due_on < as_of_date as is_overdue
            from as_of
        )
        select
            account_id,
            as_of_date,
            max(as_of_date - due_on) filter (where is_overdue) as days_overdue,
            count(*) filter (where is_due) as due,
            count(*) filter (where is_due and (is_overdue or paid_on > due_on)) as late
        from judged
        group by all
    """,
}

VALUES = (
    "coalesce(week_users.users, 0) / nullif(seats, 0)",
    "coalesce(days.active_days, 0)",
    "coalesce(week_use.n, 0)",
    "coalesce(as_of_date - recency.last_used_on, age)",
    "solved.solved / nullif(solved.to_solve, 0)",
    "answers.nps",
    "coalesce(paid.days_overdue, 0)",
    "paid.late / nullif(paid.due, 0)",
)


def measured(card: Scorecard) -> str:
    """The values side by side, with the reason where there is none."""
    values = ", ".join(f"cast({sql} as double) as value_{k}" for k, sql in enumerate(VALUES))
    gaps = []
    for k, indicator in enumerate(card.indicators):
        rules = [(f"age < {indicator.minimum_age}", "too_new")]
        rules += [("not is_seen", "not_collected")] if k in OF_USE else []
        rules += [(f"value_{k} is null and is_asked", "no_response")] if k == ANSWER else []
        gaps.append(f"{gap([*rules, (f'value_{k} is null', 'not_applicable')])} as gap_{k}")
    joins = " ".join(
        f"left join {name} using (account_id, as_of_date)"
        for name in QUERIES
        if name != "own_weeks"
    )
    return f"""
        create table measured as
        with valued as (
            select
                account_id,
                as_of_date,
                age,
                is_observed or recency.last_used_on is not null as is_seen,
                asked.account_id is not null as is_asked,
                case when recency.account_id is not null then own_levels.baseline end as baseline,
                {values}
            from account_dates
            {joins}
        )
        select account_id, as_of_date, baseline, columns('value_.'), {", ".join(gaps)} from valued
    """


def run(company: Path, out: Path, next_day: Path | None = None) -> Clock:
    clock = Clock()
    card = read_scorecard(company / "scorecards")
    settings = yaml.safe_load((company / "company.yml").read_text(encoding="utf-8"))
    (landed,) = (company / "landed").iterdir()
    with connect(out / "spill") as connection:
        create_types(connection, card)
        clock.part("start")
        files = {
            name: f"read_parquet('{landed / name}.parquet')"
            for name in ("accounts", "users", "subscriptions")
        }
        connection.execute(
            EVENTS.format(
                usage_events=_versions("usage_events", "", landed, next_day), grace=DAYS_OF_GRACE
            )
        )
        for name, key in {
            "tickets": "true",
            "invoices": "true",
            "survey_responses": "response_id in (select response_id from {later})",
        }.items():
            connection.execute(f"create table {name} as {_versions(name, key, landed, next_day)}")
        connection.execute(DATES.format(score_from=settings["score_from"]))
        connection.execute(ACCOUNT_DATES.format(**files))
        for name, query in QUERIES.items():
            connection.execute(f"create table {name} as {query}")
        connection.execute(measured(card))
        clock.part("values")
        write_scores(connection, card, out)
        clock.part("scores")
    return clock


def _versions(name: str, is_replaced: str, landed: Path, next_day: Path | None) -> str:
    """The rows of one load or two with the dates for which they count."""
    first = f"read_parquet('{landed / name}.parquet')"
    if next_day is None:
        return f"select *, null::date as known_from, null::date as known_until from {first}"
    later = f"read_parquet('{next_day / name}.parquet')"
    reached = date.fromisoformat(next_day.name) - timedelta(days=DAYS_OF_GRACE)
    until = "null::date"
    if is_replaced:
        until = f"case when {is_replaced.format(later=later)} then date '{reached}' end"
    return (
        f"select *, null::date as known_from, {until} as known_until from {first} "
        f"union all by name "
        f"select *, date '{reached}' as known_from, null::date as known_until from {later}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale.usual")
    parser.add_argument("company", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--next-day", type=Path)
    given = parser.parse_args()
    print(run(given.company, given.out, given.next_day).told())


if __name__ == "__main__":
    main()
