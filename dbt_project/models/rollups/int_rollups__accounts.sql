-- Every account that is with the company on a date, with what was known of it then and its latest
-- score: of the date itself where its cadence has it, else of its last one, at most a period ago. So
-- accounts of different cadences meet on one date.
with accounts_as_of as (
    select * from {{ ref('int_accounts__as_of') }}
    {{ where_scored_anew() }}
),

account_segments as (
    select * from {{ ref('int_accounts__segments') }}
),

health as (
    select * from {{ ref('fct_account_health') }}
),

fair_scores as (
    select * from {{ ref('int_scoring__fair_scores') }}
),

account_dates as (
    select account_id, as_of_date from {{ ref('int_accounts__as_of') }}
    {{ where_scored_anew() }}
),

-- most have a row of the date; only the others are looked for in the time before
without_a_row as (
    select * from account_dates
    where not exists (
        select 1
        from {{ ref('fct_account_health') }} as of_the_date
        where
            account_dates.account_id = of_the_date.account_id
            and account_dates.as_of_date = of_the_date.as_of_date
    )
),

earlier_rows as (
    select
        without_a_row.account_id,
        without_a_row.as_of_date,
        max(earlier.as_of_date) as scored_on
    from without_a_row
    inner join {{ ref('fct_account_health') }} as earlier
        on
            without_a_row.account_id = earlier.account_id
            and earlier.as_of_date < without_a_row.as_of_date
    inner join {{ ref('scorecards') }} as scorecards
        on
            earlier.scorecard_id = scorecards.scorecard_id
            and earlier.scorecard_version = scorecards.version
    where
        {{ days_between('earlier.as_of_date', 'without_a_row.as_of_date') }}
        <= {{ period_days('scorecards.cadence') }}
    group by without_a_row.account_id, without_a_row.as_of_date
),

rollup_accounts as (
    select
        accounts_as_of.account_id,
        accounts_as_of.as_of_date,
        account_segments.segment_id,
        accounts_as_of.csm_id,
        accounts_as_of.industry,
        accounts_as_of.region,
        accounts_as_of.yearly_value_amount as value_amount,
        health.as_of_date as scored_on,
        health.lifecycle_stage,
        coalesce(health.is_scored, false) as is_scored,
        case when health.account_id is null then 'no_date_yet' else health.unscored_reason end
            as unscored_reason,
        health.score,
        health.computed_score,
        health.band,
        health.override_id,
        fair_scores.fair_score
    from accounts_as_of
    inner join account_segments
        on
            accounts_as_of.account_id = account_segments.account_id
            and accounts_as_of.as_of_date = account_segments.as_of_date
    left join earlier_rows
        on
            accounts_as_of.account_id = earlier_rows.account_id
            and accounts_as_of.as_of_date = earlier_rows.as_of_date
    left join health
        on
            accounts_as_of.account_id = health.account_id
            and coalesce(earlier_rows.scored_on, accounts_as_of.as_of_date) = health.as_of_date
    left join fair_scores
        on
            health.account_id = fair_scores.account_id
            and health.as_of_date = fair_scores.as_of_date
)

select * from rollup_accounts
