"""The SQL of the generated tables: what stands in each file of a landed folder.

A number is drawn by hashing what it belongs to, never by a generator with a state: whatever runs
first, in however many threads, the rows are the same. `noise(key, stream)` is a hash, and
`draw(hash, k)` the k-th of the four numbers in [0, 1) that it holds. Sums are of integers, whose
order does not show.

Days count from the first day of the history, 0. `seen_day` is the last day that a load knows of:
what lies after it is not there yet. State tables are whole snapshots as of that day.
"""

SEED = 2025
LATE = 20_000  # one event in so many came more than 35 days after it happened
TWICE = 10_000  # one event in so many stands twice, with the same content
# Events of one account and day have numbers below this; those that come late the next day, above.
MOST_A_DAY = 15_000

MACROS = """
-- one number is hashed at a time: DuckDB's hash of several is as good as its last argument
create macro noise(key, stream) as
    hash(cast(key as bigint) + (getvariable('seed') + stream) * cast(1099511627776 as bigint));
create macro draw(hashed, part) as
    ((hashed >> cast(16 * part as ubigint)) & cast(65535 as ubigint)) / 65536.0;
create macro on_day(day) as getvariable('first_day') + cast(day as integer);
create macro at_second(day, second) as make_timestamp(
    (cast(day as bigint) * 86400 + cast(second as bigint)) * 1000000
    + epoch_us(cast(getvariable('first_day') as timestamp))
);
create macro seen(moment) as
    case when moment < on_day(getvariable('seen_day') + 1) then moment end;
create macro account_key(i) as format('a{:06d}', i);
create macro user_key(i, k) as format('u{:06d}.{:d}', i, cast(k as bigint));
create macro contact_key(i, k) as format('p{:06d}.{:d}', i, cast(k as bigint));
create macro pick(choices, drawn) as choices[1 + cast(floor(drawn * len(choices)) as integer)];
"""

# Who the accounts are and how they live. Of n accounts the k-th largest has a share like k to the
# power of minus 0.9, in no order of the ids: of thousands a tenth have most of the events.
PLAN = """
create table plan as
with drawn as (
    select
        range as i,
        noise(range, 0) as nature,
        noise(range, 1) as g
    from range(getvariable('accounts'))
),
ranked as (
    select *, row_number() over (order by nature, i) - 1 as place from drawn
),
weighed as (
    select *, cast(1e9 * pow(place + 5, -0.9) as bigint) as weight from ranked
),
totals as (
    select cast(sum(weight) as bigint) as weight from weighed
),
lives as (
    select
        weighed.*,
        getvariable('accounts') * weighed.weight / totals.weight as share,
        -- one in eight joined during the history, one in twelve left
        case
            when draw(g, 0) < 0.12 then cast(floor(draw(g, 1) * getvariable('days')) as integer)
            else -30 - cast(floor(draw(g, 1) * 1400) as integer)
        end as begins,
        case
            when draw(g, 2) < 0.08
                then cast(floor(draw(g, 3) * getvariable('days')) as integer)
        end as leaves
    from weighed
    cross join totals
)
select
    i,
    place,
    nature,
    weight,
    2 + cast(floor(0.3 * sqrt(share * getvariable('events') / getvariable('accounts'))) as integer)
        as users,
    begins,
    case when leaves > begins + 30 then leaves end as leaves,
    greatest(begins, 0) as from_day,
    -- days of the history on which it is a customer
    greatest(1, least(case when leaves > begins + 30 then leaves end, getvariable('days'))
        - greatest(begins, 0)) as span,
    2 * draw(nature, 1) - 1 as trend,
    -- the more an account does, the more days it is there
    least(0.95, 0.2 + 0.4 * draw(nature, 2) + 0.2 * share) as busy,
    draw(nature, 3) as pays_late
from lives
"""

# How much an account does on a day, before it is scaled to the wished number of events.
EXPECTED = """
create view expected as
with account_days as (
    select
        plan.*,
        days.day,
        isodow(on_day(days.day)) >= 6 as is_weekend,
        noise(days.day * getvariable('accounts') + plan.i, 2) as day_hash
    from range(getvariable('days') + 1) as days(day)
    cross join plan
    where days.day >= plan.begins and (plan.leaves is null or days.day < plan.leaves)
)
select
    i,
    day,
    users,
    day_hash,
    weight
    * (1 + 0.7 * trend * (2.0 * day / getvariable('days') - 1))
    * case when is_weekend then 0.3 else 1 end
    / busy as level
from account_days
where draw(day_hash, 0) < busy * case when is_weekend then 0.4 else 1 end
"""

# Their number is the level in whole events, the rest of it by chance.
ACCOUNT_DAYS = """
create table account_days as
with total as (
    select cast(sum(cast(level as bigint)) as bigint) as whole
    from expected
    where day < getvariable('days')
),
counted as (
    select
        i,
        day,
        users,
        cast(floor(
            level * getvariable('events') / total.whole + draw(day_hash, 1)
        ) as integer) as event_count
    from expected
    cross join total
)
select * from counted
where event_count > 0
order by day, i
"""

# `first_number` numbers the events of the day; `day` is when they happened.
EVENTS = """
with numbered as (
    select
        i,
        day,
        users,
        (cast(day as bigint) * getvariable('accounts') + i) * 16384
        + unnest(range({first_number}, {first_number} + event_count)) as number
    from ({account_days}) as account_days
),
drawn as (
    select *, noise(number, 3) as h, noise(number, 4) as g from numbered
),
spread as (
    select
        *,
        draw(h, 0) * draw(h, 0) as of_users,
        at_second(day, 21600 + 50000 * draw(h, 1)) as occurred_at,
        pick(
            ['open', 'edit', 'share', 'send', 'search', 'comment', 'print', 'order'],
            draw(h, 2) * draw(h, 2)
        ) as action
    from drawn
)
select
    'e' || hex(number) as event_id,
    account_key(i) as account_id,
    -- one in fifty is the work of no person
    case
        when draw(g, 0) >= 0.02
            then user_key(i, floor(of_users * users))
    end as user_id,
    pick(
        ['mail', 'calendar', 'drive', 'chat', 'meet', 'board', 'forms', 'admin'],
        draw(h, 3) * draw(h, 3)
    ) as module,
    action,
    occurred_at,
    case
        when draw(g, 1) < 0.7 then cast(10 + 590 * draw(g, 1) as decimal(18, 6))
    end as duration_seconds,
    -- one order in thirty is a return
    case
        when action = 'order'
            then cast(
                case when draw(g, 2) < 0.03 then -1 else 1 end * (1 + floor(4 * draw(g, 3)))
                as decimal(18, 6)
            )
    end as quantity,
    case
        when g % {late} = 0
            then seen(occurred_at + (36 + cast(floor(60 * draw(h, 1)) as integer)) * interval 1 day)
    end as arrived_at
from spread
"""

USERS = """
with numbered as (
    select plan.*, unnest(range(users)) as k from plan
),
drawn as (
    select *, noise(i * 10000 + k, 5) as user_hash from numbered
)
select
    user_key(i, k) as user_id,
    account_key(i) as account_id,
    format('user{:d}@a{:06d}.example', k, i) as email,
    pick(['member', 'member', 'member', 'admin'], draw(user_hash, 0)) as role,
    draw(user_hash, 1) >= 0.05 as is_active,
    at_second(begins, 3600 + 36000 * draw(user_hash, 2)) as created_at,
    case
        when draw(user_hash, 1) < 0.05
            then seen(at_second(from_day + floor(span * draw(user_hash, 3)), 7200))
    end as deactivated_at
from drawn
order by i, k
"""

ACCOUNTS = """
select
    account_key(i) as account_id,
    format('Account {:d}', i) as name,
    case when i % 10 = 3 then account_key(i - 3) end as parent_account_id,
    pick(['enterprise', 'team', 'school'], draw(nature, 0)) as customer_type,
    place < getvariable('accounts') // 50 as is_key_account,
    pick(['food', 'steel', 'health', 'public', 'trade'], draw(nature, 1)) as industry,
    pick(['north', 'south', 'east', 'west'], draw(nature, 2)) as region,
    cast(users * (2 + floor(6 * draw(nature, 3))) as bigint) as employee_count,
    cast(null as decimal(18, 4)) as annual_value,
    'EUR' as currency,
    format('s{:05d}', i % (1 + getvariable('accounts') // 100)) as csm_id,
    at_second(begins, 3600) as created_at,
    cast(null as timestamp) as closed_at
from plan
where begins <= getvariable('seen_day')
order by i
"""

STAFF = """
select
    format('s{:05d}', range) as staff_id,
    format('Person {:d}', range) as name,
    'customer_success' as team,
    case when range % 10 = 0 then 'team_lead' else 'csm' end as role,
    case when range % 10 <> 0 then format('s{:05d}', range - range % 10) end as manager_id
from range(1 + getvariable('accounts') // 100)
order by range
"""

# A contract a year since the account began, each following the one before; who leaves cancels.
SUBSCRIPTIONS = """
with numbered as (
    select
        plan.*,
        unnest(range(
            (least(coalesce(leaves - 1, getvariable('seen_day')), getvariable('seen_day')) - begins)
            // 365 + 1
        )) as k
    from plan
    where begins <= getvariable('seen_day')
),
drawn as (
    select
        *,
        begins + 365 * k as starts,
        noise(i * 10000 + k, 6) as contract_hash
    from numbered
)
select
    format('c{:06d}.{:d}', i, k) as subscription_id,
    account_key(i) as account_id,
    'office' as product,
    pick(['basic', 'business', 'suite'], draw(nature, 0)) as plan,
    cast(greatest(1, floor(users * (0.8 + 0.6 * draw(contract_hash, 0)))) as bigint) as seats,
    cast(null as bigint) as units,
    cast(users * (8 + floor(12 * draw(nature, 0))) as decimal(18, 4)) as amount,
    'EUR' as currency,
    'month' as billing_period,
    cast(5 * floor(4 * draw(contract_hash, 1)) as decimal(18, 6)) as discount_pct,
    on_day(starts) as started_on,
    -- one in twenty has an open end
    case
        when draw(nature, 1) >= 0.05 or k > 0 or begins < -365 then on_day(starts + 364)
    end as ends_on,
    case
        when leaves between starts and starts + 364 and leaves <= getvariable('seen_day')
            then on_day(leaves)
    end as cancelled_on,
    cast(null as varchar) as decision,
    cast(null as date) as decided_on
from drawn
order by i, k
"""

# The k-th largest account is asked for by more of them. Those beyond the wished number are opened
# on the next day.
TICKETS = """
with drawn as (
    select
        range as j,
        noise(range, 7) as h,
        noise(range, 8) as g
    from range(getvariable('tickets') + getvariable('tickets') // getvariable('days'))
),
placed as (
    select
        *,
        cast(floor(pow(draw(h, 0), 1.8) * getvariable('accounts')) as integer) as place,
        pow(draw(h, 1), 3) as effort
    from drawn
),
opened as (
    select
        placed.*,
        plan.i,
        at_second(
            case
                when j >= getvariable('tickets') then getvariable('days')
                else plan.from_day + floor(plan.span * draw(h, 2))
            end,
            25200 + 36000 * draw(h, 3)
        ) as opened_at
    from placed
    inner join plan on placed.place = plan.place
),
answered as (
    select
        *,
        opened_at + to_seconds(600 + 86400 * effort) as answered_at,
        case
            when draw(g, 0) >= 0.03
                then opened_at + to_seconds(cast(1800 + 1500000 * effort as bigint))
        end as closed_at
    from opened
)
select
    format('t{:07d}', j) as ticket_id,
    account_key(i) as account_id,
    contact_key(i, floor(4 * draw(g, 3))) as contact_id,
    case when draw(g, 1) < 0.1 then format('b{:05d}', j % 997) end as problem_id,
    pick(['question', 'question', 'bug', 'feature_request'], draw(g, 1)) as kind,
    -- what is open for long becomes urgent
    case
        when
            draw(g, 2) < 0.2
            and opened_at < on_day(getvariable('seen_day') - 9)
            and seen(closed_at) is null
            then 'urgent'
        else pick(['low', 'normal', 'normal', 'high', 'urgent'], draw(g, 2))
    end as priority,
    case when seen(closed_at) is null then 'open' else 'solved' end as status,
    opened_at,
    opened_at + to_seconds(259200) as due_at,
    seen(answered_at) as first_responded_at,
    seen(closed_at) as solved_at,
    case
        when draw(g, 3) < 0.04 then seen(closed_at + to_seconds(100000))
    end as reopened_at,
    case
        when draw(g, 0) > 0.6 and seen(closed_at) is not null
            then cast(1 + floor(5 * draw(g, 3)) as decimal(18, 6))
    end as satisfaction,
    cast(5 as decimal(18, 6)) as satisfaction_max,
    draw(g, 1) > 0.95 as is_churn_risk
from answered
where opened_at < on_day(getvariable('seen_day') + 1)
order by opened_at, j
"""

# What was sent and answered between two days; an answer that came later is a row of the same key.
ANSWERS = """
with drawn as (
    select
        range as j,
        noise(range, 9) as h,
        noise(range, 10) as g
    from range(getvariable('answers') + getvariable('answers') // getvariable('days'))
),
sent as (
    select
        drawn.*,
        plan.i,
        at_second(
            case
                when j >= getvariable('answers') then getvariable('days')
                else plan.from_day + floor(plan.span * draw(h, 1))
            end,
            32400 + 14400 * draw(h, 2)
        ) as sent_at
    from drawn
    inner join plan
        on cast(floor(draw(h, 0) * getvariable('accounts')) as integer) = plan.place
),
answered as (
    select
        *,
        draw(g, 0) < 0.7 as is_nps,
        case
            when draw(g, 1) < 0.45
                then sent_at + to_seconds(cast(600 + 700000 * draw(g, 2) as bigint))
        end as answered_at
    from sent
)
select
    format('r{:07d}', j) as response_id,
    account_key(i) as account_id,
    -- one in twelve answers without a name
    case
        when draw(h, 3) >= 0.08
            then contact_key(i, floor(4 * draw(h, 3)))
    end as contact_id,
    case when is_nps then 'nps' else 'csat' end as survey,
    sent_at,
    seen(answered_at) as responded_at,
    case
        when seen(answered_at) is not null
            then cast(
                case
                    when is_nps then floor(11 * sqrt(draw(g, 3))) else 1 + floor(5 * draw(g, 3))
                end as decimal(18, 6)
            )
    end as score,
    cast(case when is_nps then 0 else 1 end as decimal(18, 6)) as scale_min,
    cast(case when is_nps then 10 else 5 end as decimal(18, 6)) as scale_max,
    cast(null as varchar) as comment
from answered
where
    sent_at < on_day(getvariable('seen_day') + 1)
    and (
        sent_at >= on_day(getvariable('new_from_day'))
        or seen(answered_at) >= on_day(getvariable('new_from_day'))
    )
order by sent_at, j
"""

# As many of each account, evenly over its time; those beyond the wished number on the next day.
INVOICES = """
with numbered as (
    select
        range as j,
        range % getvariable('accounts') as i,
        range // getvariable('accounts') as k,
        noise(range, 11) as h,
        noise(range, 12) as g
    from range(getvariable('invoices') + getvariable('invoices') // getvariable('days'))
),
issued as (
    select
        numbered.*,
        plan.pays_late,
        plan.users,
        on_day(
            case
                when j >= getvariable('invoices') then getvariable('days')
                else
                    plan.from_day
                    + floor(
                        plan.span * (k + draw(h, 0))
                        / ceil(getvariable('invoices') / getvariable('accounts'))
                    )
            end
        ) as issued_on
    from numbered
    inner join plan on numbered.i = plan.i
),
payable as (
    select
        *,
        issued_on + 14 + 16 * cast(floor(2 * draw(h, 1)) as integer) as due_on,
        draw(h, 2) < 0.01 as is_credit
    from issued
),
paid as (
    select
        *,
        case
            when is_credit or draw(h, 3) < 0.015 then null
            when draw(g, 0) < 0.6 * pays_late * pays_late
                then due_on + 1 + cast(floor(90 * draw(g, 1) * draw(g, 1)) as integer)
            else due_on - cast(floor(14 * draw(g, 1)) as integer)
        end as settled_on
    from payable
)
select
    format('i{:07d}', j) as invoice_id,
    account_key(i) as account_id,
    cast(null as varchar) as subscription_id,
    issued_on,
    due_on,
    case when settled_on <= on_day(getvariable('seen_day')) then settled_on end as paid_on,
    cast(
        case when is_credit then -1 else 1 end * users * (5 + floor(15 * draw(g, 2)))
        as decimal(18, 4)
    ) as amount,
    -- some pay a part first; what was settled is settled whole
    case
        when settled_on <= on_day(getvariable('seen_day')) or is_credit then null
        when draw(g, 3) < 0.05 then cast(users as decimal(18, 4))
    end as amount_paid,
    'EUR' as currency,
    -- the other ways to the same figures know of no credit notes
    case
        when is_credit then 'void'
        when settled_on <= on_day(getvariable('seen_day')) then 'paid'
        else 'open'
    end as status,
    case
        when is_credit then 'credit' when draw(g, 3) > 0.9 then 'upsell' else 'contract'
    end as kind
from paid
where issued_on <= on_day(getvariable('seen_day'))
order by issued_on, j
"""

STATE_TABLES = {
    "accounts": ACCOUNTS,
    "staff": STAFF,
    "users": USERS,
    "subscriptions": SUBSCRIPTIONS,
    "tickets": TICKETS,
    "invoices": INVOICES,
}
# The state tables that the next day brings; one that a dated folder lacks is unchanged.
CHANGING = ("tickets", "invoices")
