-- What the rows of a table that was landed never hold, nobody records: taken for an answer, a missing
-- time of solution would read as no ticket ever solved. What an indicator needs is written in the
-- catalogue: alternatives between `|`, each of them all facts between `&`.
with indicators as (
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
        needed.indicator_id,
        needed.facts,
        bool_and(recorded.fact is not null) as are_recorded
    from needed
    left join {{ ref('int_indicators__recorded') }} as recorded on needed.fact = recorded.fact
    group by needed.indicator_id, needed.facts
),

unrecorded as (
    select indicator_id
    from judged
    group by indicator_id
    having not bool_or(are_recorded)
)

select * from unrecorded
