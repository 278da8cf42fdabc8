-- What no row that counts for a date holds, nobody recorded by then: taken for an answer, a missing time
-- of solution would read as no ticket ever solved. What an indicator needs is written in the
-- catalogue: alternatives between `|`, each of them all facts between `&`.
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
),

indicators as (
    select
        indicator_id,
        needs
    from {{ ref('indicators') }}
    where needs is not null
),

alternatives as (
    select
        alternative.indicator_id,
        alternative.part as facts
    from ({{ split_to_rows('indicators', 'needs', '|') }}) as alternative
),

needed as (
    select
        fact.indicator_id,
        fact.facts,
        fact.part as fact
    from ({{ split_to_rows('alternatives', 'facts', '&') }}) as fact
),

judged as (
    select
        calendar.as_of_date,
        needed.indicator_id,
        needed.facts,
        bool_and(recorded_on.fact is not null) as are_recorded
    from calendar
    cross join needed
    left join {{ ref('int_indicators__recorded_on') }} as recorded_on
        on calendar.as_of_date = recorded_on.as_of_date and needed.fact = recorded_on.fact
    group by calendar.as_of_date, needed.indicator_id, needed.facts
),

unrecorded as (
    select
        as_of_date,
        indicator_id
    from judged
    group by as_of_date, indicator_id
    having not bool_or(are_recorded)
)

select * from unrecorded
