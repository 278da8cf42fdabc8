-- Whether the condition of a CTA rule held, from the first date on which it did: it does, or it was
-- measured and does not, or the rule no longer concerns the account. Of what was not measured it is
-- unknown: that neither opens nor closes.
with dates as (
    select * from {{ ref('int_scoring__scored_dates') }}
    {{ where_scored_anew() }}
),

rules as (
    select * from {{ ref('cta_rules') }} where indicator_id is not null
),

measurements as (
    select * from {{ ref('int_indicators__measurements') }}
),

evaluated as (
    select
        measurements.account_id,
        measurements.as_of_date,
        rules.rule_id,
        dates.segment_id,
        measurements.raw_value,
        case
            when measurements.status = 'measured'
                then {{ condition_holds(
                    'measurements.raw_value', 'rules.operator', 'rules.threshold'
                ) }}
        end as holds
    from measurements
    inner join rules on measurements.indicator_id = rules.indicator_id
    inner join dates
        on
            measurements.account_id = dates.account_id
            and measurements.as_of_date = dates.as_of_date
    where {{ rule_concerns('rules', 'dates') }}
),

-- since when a rule has been something to follow for an account, by earlier builds or by this one
held_dates as (
    select
        account_id,
        rule_id,
        as_of_date
    from evaluated
    where holds
    {%- if is_incremental() %}
    union all
    select
        kept.account_id,
        kept.rule_id,
        kept.as_of_date
    from {{ this }} as kept
    cross join {{ ref('int_accounts__build_bounds') }} as build_bounds
    where
        kept.holds
        and kept.as_of_date >= build_bounds.first_date
        and (
            kept.as_of_date < build_bounds.build_from
            or (kept.account_id, kept.as_of_date) in (
                select account_id, as_of_date from {{ ref('int_scoring__kept_dates') }}
            )
        )
    {%- endif %}
),

first_held as (
    select
        account_id,
        rule_id,
        min(as_of_date) as first_held_on
    from held_dates
    group by account_id, rule_id
),

no_longer_concerned as (
    select
        dates.account_id,
        dates.as_of_date,
        rules.rule_id,
        dates.segment_id,
        {{ to_double('null') }} as raw_value,
        false as holds
    from first_held
    inner join rules on first_held.rule_id = rules.rule_id
    inner join dates
        on
            first_held.account_id = dates.account_id
            and first_held.first_held_on < dates.as_of_date
    where not ({{ rule_concerns('rules', 'dates') }})
),

rule_evaluations as (
    select evaluated.*
    from evaluated
    inner join first_held
        on
            evaluated.account_id = first_held.account_id
            and evaluated.rule_id = first_held.rule_id
            and first_held.first_held_on <= evaluated.as_of_date
    union all
    select * from no_longer_concerned
)

select * from rule_evaluations
