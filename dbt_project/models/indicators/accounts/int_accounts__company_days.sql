-- What the accounts' rows say of the company as a whole, by day: when a source was alive, when weeks of
-- use began, since
-- when something is recorded at all, and when a column was gone. Another account's score may rest on it, so what differs from the last build changes
-- the dates of all accounts. What is no longer so stays for one build, without a `counts_from`.
with facts as (
    select
        source_table as fact,
        data_on as happened_on,
        counts_from
    from {{ ref('int_activity__source_days') }}
    union all
    select
        'first_weeks' as fact,
        week_ends_on as happened_on,
        min(counts_from) as counts_from
    from {{ ref('int_activity__usage_weeks') }}
    group by week_ends_on
    union all
    select
        'recorded ' || fact as fact,
        counts_from as happened_on,
        counts_from
    from {{ ref('int_indicators__recorded') }}
    {%- for column in ['lost_from', 'lost_until'] %}
    union all
    select distinct
        '{{ column }} ' || table_name || '.' || column_name as fact,
        {{ column }} as happened_on,
        {{ column }} as counts_from
    from {{ source('config', 'lost_columns') }}
    where {{ column }} is not null
    {%- endfor %}
),

company_days as (
    {%- if is_incremental() %}
    select
        coalesce(facts.fact, earlier.fact) as fact,
        coalesce(facts.happened_on, earlier.happened_on) as happened_on,
        facts.counts_from,
        case
            when facts.counts_from is distinct from earlier.counts_from
                then greatest(
                    coalesce(facts.happened_on, earlier.happened_on),
                    least(
                        coalesce(facts.counts_from, earlier.counts_from),
                        coalesce(earlier.counts_from, facts.counts_from)
                    )
                )
        end as changed_from
    from facts
    full outer join (select * from {{ this }} where counts_from is not null) as earlier
        on facts.fact = earlier.fact and facts.happened_on = earlier.happened_on
    {%- else %}
    select
        fact,
        happened_on,
        counts_from,
        cast(null as date) as changed_from
    from facts
    {%- endif %}
)

select * from company_days
