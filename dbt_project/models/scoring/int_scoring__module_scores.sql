-- The score of each module over its own indicators, and its rating: a person's flag beats all;
-- unknown where nothing was measured.
with indicator_scores as (
    select * from {{ ref('int_scoring__indicator_scores') }}
),

flags as (
    select * from {{ ref('int_scoring__judgements') }} where kind = 'module_flag'
),

scored as (
    select
        account_id,
        as_of_date,
        module_id,
        {{ weighted_mean() }} as module_score,
        count(*) filter (where is_measured) as measured_count
    from indicator_scores
    group by account_id, as_of_date, module_id
),

modules as (
    select
        account_id,
        as_of_date,
        module_id
    from scored
    union
    select
        account_id,
        as_of_date,
        module_id
    from flags
    where module_id is not null
),

module_scores as (
    select
        modules.account_id,
        modules.as_of_date,
        modules.module_id,
        scored.module_score,
        flags.assessment_id as flag_id,
        coalesce(scored.measured_count, 0) as measured_count,
        case
            when flags.rating = 'red' then 'red'
            when flags.rating = 'yellow' then 'yellow'
            when coalesce(scored.measured_count, 0) > 0 then 'green'
            else 'unknown'
        end as rating,
        case
            when flags.rating in ('red', 'yellow') then 'flagged ' || flags.rating || ' by a person'
            when coalesce(scored.measured_count, 0) > 0 then 'no flag and no call to action'
            else 'nothing measured'
        end as rating_reason
    from modules
    left join scored
        on
            modules.account_id = scored.account_id
            and modules.as_of_date = scored.as_of_date
            and modules.module_id = scored.module_id
    left join flags
        on
            modules.account_id = flags.account_id
            and modules.as_of_date = flags.as_of_date
            and modules.module_id = flags.module_id
)

select * from module_scores
