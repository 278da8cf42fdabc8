-- The score of each module over its own indicators, and its rating: red by a person's flag, by a risk
-- that is set to red or by the number of open risks; yellow by any other; unknown where nothing was
-- measured.
with asked as (
    {{ judged_indicators() }}
),

criteria as (
    select * from {{ ref('int_scoring__criteria') }}
),

flags as (
    select * from {{ ref('int_scoring__judgements') }}
    where kind = 'module_flag' and module_id is not null
),

module_teams as (
    select * from {{ ref('module_teams') }}
),

open_risks as (
    select
        account_id,
        as_of_date,
        module_id,
        count(*) as open_cta_count,
        min(case when is_red then rule_id end) as red_rule_id
    from {{ ref('int_scoring__open_ctas') }}
    where kind = 'risk'
    group by account_id, as_of_date, module_id
),

scored as (
    select
        asked.account_id,
        asked.as_of_date,
        criteria.module_id,
        {{ weighted_mean(weight='asked.counted_weight') }} as module_score,
        count(*) filter (where asked.status = 'measured') as measured_count
    from asked
    inner join criteria
        on
            asked.scorecard_id = criteria.scorecard_id
            and asked.scorecard_version = criteria.scorecard_version
            and asked.indicator_id = criteria.indicator_id
    group by asked.account_id, asked.as_of_date, criteria.module_id
),

-- said or opened, whether an indicator was asked for or not
judged as (
    select
        coalesce(flags.account_id, open_risks.account_id) as account_id,
        coalesce(flags.as_of_date, open_risks.as_of_date) as as_of_date,
        coalesce(flags.module_id, open_risks.module_id) as module_id,
        flags.assessment_id as flag_id,
        flags.rating as flag,
        open_risks.open_cta_count,
        open_risks.red_rule_id
    from flags
    full outer join open_risks
        on
            flags.account_id = open_risks.account_id
            and flags.as_of_date = open_risks.as_of_date
            and flags.module_id = open_risks.module_id
),

weighed as (
    select
        coalesce(scored.account_id, judged.account_id) as account_id,
        coalesce(scored.as_of_date, judged.as_of_date) as as_of_date,
        coalesce(scored.module_id, judged.module_id) as module_id,
        scored.module_score,
        judged.flag_id,
        judged.flag,
        coalesce(scored.measured_count, 0) as measured_count,
        coalesce(judged.open_cta_count, 0) as open_cta_count,
        judged.red_rule_id,
        coalesce(judged.open_cta_count >= module_teams.ctas_for_red, false) as has_many
    from scored
    full outer join judged
        on
            scored.account_id = judged.account_id
            and scored.as_of_date = judged.as_of_date
            and scored.module_id = judged.module_id
    left join module_teams on judged.module_id = module_teams.module_id
),

module_scores as (
    select
        account_id,
        as_of_date,
        module_id,
        module_score,
        flag_id,
        flag,
        measured_count,
        open_cta_count,
        red_rule_id,
        has_many,
        case
            when flag = 'red' or red_rule_id is not null or has_many then 'red'
            when flag = 'yellow' or open_cta_count > 0 then 'yellow'
            when measured_count > 0 then 'green'
            else 'unknown'
        end as rating
    from weighed
)

select * from module_scores
