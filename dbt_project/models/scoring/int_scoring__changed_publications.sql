-- As-of dates whose published scores this build writes anew: those that it computes, and those of which
-- the ledger does not hold what the last build had published, because nobody was shown it, say.
with ledger as (
    select
        as_of_date,
        refresh_id,
        count(*) as row_count
    from {{ source('ledger', 'published_scores') }}
    group by as_of_date, refresh_id
),

build_bounds as (
    select * from {{ ref('int_accounts__build_bounds') }}
),

as_of_dates as (
    select as_of_date from {{ ref('int_accounts__as_of_dates') }}
),
{% set last_built = last_built('fct_published_scores') %}
{%- if last_built %}
last_built as (
    select
        as_of_date,
        refresh_id,
        count(*) as row_count
    from {{ last_built }}
    group by as_of_date, refresh_id
),

known_dates as (
    select as_of_date from as_of_dates
    union
    select as_of_date from last_built
),

differing as (
    select coalesce(ledger.as_of_date, last_built.as_of_date) as as_of_date
    from ledger
    full outer join last_built
        on
            ledger.as_of_date = last_built.as_of_date
            and ledger.refresh_id = last_built.refresh_id
    where ledger.row_count is distinct from last_built.row_count
),
{%- else %}
known_dates as (
    select as_of_date from as_of_dates
),

differing as (
    select as_of_date from ledger
),
{%- endif %}

changed_publications as (
    select known_dates.as_of_date
    from known_dates
    cross join build_bounds
    where known_dates.as_of_date >= build_bounds.build_from
    union
    select as_of_date from differing
)

select * from changed_publications
