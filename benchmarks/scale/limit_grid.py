"""The values of the limit: one row per account and date with all eight, and why one is missing.

Everything lies in one grid, a cell for each account and week; the date of a cell is its Sunday, or
the newest date where the week is not over. What holds for a time (a contract, an invoice that is
late, an answer that counts) is added to the cell of its first day and taken off after its last: a
running sum over the account's cells says how much there is. Several small counts share one sum,
each in binary digits of its own.

The use of rows that were known by the end of their week, nearly all, comes from windows over the
grid. Accounts with rows that were known later, and a newest date that is no Sunday, are computed
from the weeks as they were known on each date.

Not computed, for the generated data can't show it: outages, columns that nobody fills, accounts
that nobody knows the beginning of, overrides, a second currency.
"""

from datetime import date

import duckdb

from benchmarks.scale.scorecard import Scorecard
from benchmarks.scale.scoring import gap

# Counts that share a sum, from the lowest digits up: each stays below 2 to the power of its width.
CONTRACTS = {"scope": 8, "in_force": 8, "seats": 22, "people": 20}
EVENTS = {"to_solve": 15, "solved": 15, "due": 15, "late": 15}
ANSWERS = {"answers": 15, "promoters": 15, "detractors": 15, "asked": 15}
WEEKS_BACK = 13  # how far an account's own level looks back


def packed(group: dict[str, int], **counts: str) -> str:
    """The counts as one number."""
    shifts = _shifts(group)
    return " + ".join(
        f"cast({sql} as bigint) * {2 ** shifts[name]}" for name, sql in counts.items()
    )


def unpacked(group: dict[str, int], number: str) -> str:
    """The counts of one number, each under its name."""
    return ",\n    ".join(
        f"cast((cast({number} as bigint) >> {shift}) & {2 ** group[name] - 1} as integer) as {name}"
        for name, shift in _shifts(group).items()
    )


def _shifts(group: dict[str, int]) -> dict[str, int]:
    shifts, shift = {}, 0
    for name, width in group.items():
        shifts[name] = shift
        shift += width
    assert shift < 63
    return shifts


MACROS = """
create or replace macro cell_of(day) as
    case
        when day <= getvariable('newest') then greatest(week_of(day), getvariable('first_week'))
    end;
create or replace macro cell_number(place, week) as
    place * (week_of(getvariable('newest')) - getvariable('first_week') + 1)
    + cast(week - getvariable('first_week') as integer);
create or replace macro last_day(bits) as
    case
        when bits >= 64 then 6 when bits >= 32 then 5 when bits >= 16 then 4 when bits >= 8 then 3
        when bits >= 4 then 2 when bits >= 2 then 1 when bits >= 1 then 0
    end;
"""

# What begins and ends when, and how much of what: the counts as one number.
SPELLS = f"""
create or replace temp table accounts as
select
    account_id,
    cast(row_number() over (order by account_id) - 1 as integer) as place,
    cast(created_at as date) as created_on,
    cast(closed_at as date) as closed_on
from {{accounts}};

create type account_key as enum (select account_id from accounts order by account_id);
alter table accounts add column account_key account_key;
update accounts set account_key = account_id;

create or replace temp table contracts as
select account_id, started_on, least(cancelled_on, ends_on) as over_on, seats
from {{subscriptions}};

create or replace temp table invoices as
select
    account_id,
    greatest(due_on, issued_on) as due_on,
    paid_on,
    paid_on > due_on or (paid_on is null and amount > coalesce(amount_paid, 0)) as is_late
from {{invoices}}
where amount > 0 and coalesce(kind, 'contract') <> 'credit';

create or replace temp table contract_spells as
select
    account_id,
    started_on as from_day,
    over_on as to_day,
    {packed(CONTRACTS, in_force="1", seats="coalesce(seats, 0)")} as amount
from contracts
union all
select account_id, started_on, over_on + 30, {packed(CONTRACTS, scope="1")}
from contracts
union all
select
    account_id,
    cast(created_at as date),
    cast(deactivated_at as date) - 1,
    {packed(CONTRACTS, people="1")}
from {{users}}
-- they matter where no contract is in force
where
    (is_active or deactivated_at is not null)
    and account_id in (
        select account_id from contracts where over_on between
        getvariable('first_date') - 31 and getvariable('newest')
    );

create or replace temp table event_spells as
with tickets as (
    select
        *,
        cast(opened_at as date) as opened_on,
        opened_at + interval 24 hours >= solved_at as is_solved_in_day
    from {{tickets}}
    where cast(opened_at as date) >= getvariable('first_date') - 31
)
select
    account_id,
    opened_on + 1 as from_day,
    opened_on + 31 as to_day,
    {packed(EVENTS, to_solve="1")} as amount
from tickets
union all
select
    account_id,
    greatest(opened_on + 1, cast(solved_at as date)),
    least(
        opened_on + 31,
        case when reopened_at > solved_at then cast(reopened_at as date) - 1 end
    ),
    {packed(EVENTS, solved="1")}
from tickets
where is_solved_in_day
union all
select account_id, due_on, due_on + 364, {packed(EVENTS, due="1")}
from invoices
where due_on >= getvariable('first_date') - 364
union all
select account_id, due_on + 1, due_on + 364, {packed(EVENTS, late="1")}
from invoices
where is_late and due_on >= getvariable('first_date') - 364;

create or replace temp table answer_spells as
with answers as (
    select
        account_id,
        response_id,
        coalesce(contact_id, response_id) as answered_by,
        contact_id is null as is_nobody,
        cast(sent_at as date) as sent_on,
        case when score is not null then coalesce(responded_at, sent_at) end as answered_at,
        (score - coalesce(scale_min, 0)) * 10 / (scale_max - coalesce(scale_min, 0)) as points
    from {{survey_responses}}
    where survey = 'nps'
),
ordered as (
    select
        *,
        cast(answered_at as date) as answered_on,
        lead(cast(answered_at as date)) over (
            partition by account_id, is_nobody, answered_by order by answered_at, response_id
        ) as next_answered_on
    from answers
    where answered_at is not null
)
select
    account_id,
    answered_on as from_day,
    least(answered_on + 364, next_answered_on - 1) as to_day,
    {packed(ANSWERS, answers="1", promoters="points >= 9", detractors="points <= 6")} as amount
from ordered
union all
select account_id, sent_on, sent_on + 364, {packed(ANSWERS, asked="1")}
from answers
where sent_on >= getvariable('first_date') - 364;
"""

_CHANGES = " union all ".join(
    f"""
    select account_id, cell_of({day}) as week, {columns}
    from {table}
    where coalesce(from_day <= to_day, true) and {day} <= getvariable('newest')
    """
    for table, place in (("contract_spells", 0), ("event_spells", 1), ("answer_spells", 2))
    for day, sign in (("from_day", ""), ("to_day + 1", "-"))
    for columns in [", ".join(f"{sign}amount" if k == place else "0" for k in range(3))]
)

CHANGES = f"""
create or replace temp table changes as
select
    cell_number(place, week) as cell,
    cast(sum(contracts) as bigint) as contracts,
    cast(sum(events) as bigint) as events,
    cast(sum(answers) as bigint) as answers
from ({_CHANGES}) as changes (account_id, week, contracts, events, answers)
inner join accounts using (account_id)
group by cell;

create or replace temp table used_cells as
select cell_number(place, week) as cell, users, n, bits
from account_weeks
inner join accounts using (account_id)
where week >= getvariable('first_week')
"""

GRID = f"""
create or replace temp table grid as
with weeks as (
    select cast(unnest(range(
        getvariable('first_week'), week_of(getvariable('newest')) + 1
    )) as smallint) as week
),
places as (
    select *, cell_number(place, week) as cell, date_of(week) as as_of_date
    from accounts
    cross join weeks
),
cells as (
    select
        places.*,
        used_cells.users,
        used_cells.n,
        used_cells.bits,
        changes.contracts,
        changes.events,
        changes.answers,
        case
            when
                monday_of(week) >= greatest(created_on, monday_of(getvariable('begins_week')))
                then cast(coalesce(used_cells.n, 0) as double)
        end as level
    from places
    left join used_cells using (cell)
    left join changes using (cell)
),
summed as (
    select
        cell,
        account_id,
        account_key,
        week,
        as_of_date,
        created_on,
        closed_on,
        coalesce(users, 0) as users,
        coalesce(n, 0) as n,
        coalesce(sum(bit_count(bits)) over (in_order rows 3 preceding), 0) as active_days,
        max(monday_of(week) + last_day(bits)) over so_far as last_used_on,
        count(bits) over so_far > 0 as has_weeks,
        count(level) over back as level_weeks,
        quantile_cont(level, 0.5) over back as level,
        sum(contracts) over so_far as contracts,
        sum(events) over so_far as events,
        sum(answers) over so_far as answers
    from cells
    window
        in_order as (partition by place order by week),
        so_far as (partition by place order by week rows unbounded preceding),
        back as (partition by place order by week rows between 12 preceding and 4 preceding)
)
select
    * exclude (contracts, events, answers),
    {unpacked(CONTRACTS, "contracts")},
    {unpacked(EVENTS, "coalesce(events, 0)")},
    {unpacked(ANSWERS, "coalesce(answers, 0)")}
from summed
where
    as_of_date >= getvariable('first_date')
    and created_on <= as_of_date
    and coalesce(closed_on > as_of_date, true)
    and contracts & {2 ** CONTRACTS["scope"] - 1} > 0
"""

# The use of some accounts and dates as it was known on them.
AS_KNOWN = f"""
create or replace temp table as_known as
with asked as (
    select
        cell,
        account_id,
        as_of_date,
        created_on,
        last_used_on,
        has_weeks,
        week_of(as_of_date + 1) - 1 as last_week
    from grid
    where
        account_id in (select account_id from late_weeks)
        or isodow(as_of_date) <> 7
),
late as (
    select account_id, week, counts_from, sum(n) as n, bit_or(bits) as bits
    from late_weeks
    group by account_id, week, counts_from
),
known as (
    select account_id, week, cast(null as date) as counts_from, n, bits
    from account_weeks
    semi join asked using (account_id)
    union all
    from late
),
weeks as (
    select
        asked.cell,
        asked.as_of_date,
        asked.last_week,
        known.week,
        sum(known.n) as n,
        bit_or(known.bits) as bits
    from asked
    inner join known
        on
            asked.account_id = known.account_id
            and known.week between asked.last_week - 12 and week_of(asked.as_of_date)
            and coalesce(known.counts_from <= asked.as_of_date, true)
    group by all
),
used as (
    select
        cell,
        sum(n) filter (where week = last_week) as n,
        -- of the oldest week only the days that lie in the window
        sum(bit_count(
            cast(bits as integer) >> greatest(0, as_of_date - 27 - monday_of(week))
        )) filter (where monday_of(week) + 6 > as_of_date - 28) as active_days
    from weeks
    group by cell
),
used_late as (
    select asked.cell, max(monday_of(late.week) + last_day(late.bits)) as last_used_on
    from asked
    inner join late
        on asked.account_id = late.account_id and late.counts_from <= asked.as_of_date
    group by asked.cell
),
earlier as (
    select asked.cell, asked.last_week - back.weeks as week
    from asked
    cross join (select unnest(range(4, {WEEKS_BACK})) as weeks) as back
    where
        monday_of(asked.last_week - back.weeks)
        >= greatest(asked.created_on, monday_of(getvariable('begins_week')))
),
levels as (
    select
        earlier.cell,
        count(*) as level_weeks,
        quantile_cont(cast(coalesce(weeks.n, 0) as double), 0.5) as level
    from earlier
    left join weeks using (cell, week)
    group by earlier.cell
),
-- some users of the last week may be known only since its end
of_last_week as (
    select account_id, count(distinct user_id) as users
    from (
        select account_id, week, user_id from recent_users
        union all
        select account_id, week, user_id
        from late_weeks
        where counts_from <= getvariable('newest') and n > 0 and user_id is not null
    )
    where week = week_of(getvariable('newest') + 1) - 1
    group by account_id
)
select
    asked.cell,
    coalesce(
        case when isodow(asked.as_of_date) = 7 then used_cells.users else of_last_week.users end,
        0
    ) as users,
    coalesce(used.n, 0) as n,
    coalesce(used.active_days, 0) as active_days,
    greatest(asked.last_used_on, used_late.last_used_on) as last_used_on,
    asked.has_weeks or used_late.cell is not null as has_weeks,
    levels.level_weeks,
    levels.level
from asked
left join used using (cell)
left join used_late using (cell)
left join levels using (cell)
left join used_cells using (cell)
left join of_last_week using (account_id)
"""

# The due date of the oldest invoice that is overdue; most accounts have none.
OVERDUE = """
create or replace temp table overdue as
with spells as (
    select
        place,
        due_on,
        cell_of(due_on + 1) as from_week,
        coalesce(cell_of(paid_on), week_of(getvariable('newest')) + 1) as until_week
    from invoices
    inner join accounts using (account_id)
    where
        is_late
        and due_on < getvariable('newest')
        and coalesce(paid_on > getvariable('first_date'), true)
)
select cell_number(place, week) as cell, min(due_on) as overdue_since
from (
    select place, due_on, unnest(range(from_week, until_week)) as week from spells
)
group by cell
"""

# In the order of the scorecard's indicators.
VALUES = (
    "users / nullif(seats, 0)",
    "active_days",
    "n",
    "coalesce(as_of_date - last_used_on, age)",
    "solved / nullif(to_solve, 0)",
    "(promoters - detractors) * 100 / nullif(answers, 0)",
    "coalesce(as_of_date - overdue_since, 0)",
    "late / nullif(due, 0)",
)
OF_USE = (0, 1, 2, 3)
ANSWER = 5


def _measured(card: Scorecard) -> str:
    values = ", ".join(f"cast({sql} as double) as value_{k}" for k, sql in enumerate(VALUES))
    gaps = []
    for k, indicator in enumerate(card.indicators):
        rules = [(f"age < {indicator.minimum_age}", "too_new")] if indicator.minimum_age else []
        if k in OF_USE:
            rules.append(("not is_observed", "not_collected"))
        if k == ANSWER:
            rules.append((f"value_{k} is null and asked > 0", "no_response"))
        rules.append((f"value_{k} is null", "not_applicable"))
        gaps.append(f"{gap(rules)} as gap_{k}")
    of_use = ", ".join(
        f"if(as_known.cell is null, grid.{name}, as_known.{name}) as {name}"
        for name in ("users", "n", "active_days", "has_weeks", "level_weeks", "level")
    )
    return f"""
        create or replace temp table measured as
        with facts as (
            select
                grid.account_key as account_id,
                grid.as_of_date,
                grid.as_of_date - grid.created_on as age,
                {of_use},
                greatest(
                    if(as_known.cell is null, grid.last_used_on, as_known.last_used_on),
                    account_past.last_used_on
                ) as last_used_on,
                account_past.account_id is not null as has_past,
                {", ".join(f"grid.{name}" for name in (*CONTRACTS, *EVENTS, *ANSWERS))},
                overdue.overdue_since
            from grid
            left join as_known using (cell)
            left join overdue using (cell)
            left join account_past on grid.account_id = account_past.account_id
        ),
        valued as (
            select
                account_id,
                as_of_date,
                age,
                asked,
                in_force > 0 or people > 0 or last_used_on is not null as is_observed,
                case
                    when (has_weeks or has_past) and level_weeks >= 5 and level > 0 then level
                end as baseline,
                {values}
            from facts
        )
        select
            * exclude (age, asked, is_observed),
            {", ".join(gaps)}
        from valued
    """


def measure(
    connection: duckdb.DuckDBPyConnection,
    card: Scorecard,
    files: dict[str, str],
    first_date: date,
    first_week: int,
    begins_week: int,
) -> None:
    """Make the table `measured` (see scoring.py) of the dates from the first one on.

    `files` says for each raw table what relation to read. The account weeks go back to the first
    week at least; `account_past` tells what was before it. The history begins in `begins_week`.
    """
    connection.execute(f"set variable first_date = date '{first_date}'")
    connection.execute(f"set variable first_week = {first_week}::smallint")
    connection.execute(f"set variable begins_week = {begins_week}::smallint")
    connection.execute(MACROS)
    connection.execute(SPELLS.format(**files))
    for statement in (CHANGES, GRID, AS_KNOWN, OVERDUE, _measured(card)):
        connection.execute(statement)
