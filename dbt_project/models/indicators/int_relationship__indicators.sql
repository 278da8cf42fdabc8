with

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

key_contacts as (
    select * from {{ ref('int_relationship__key_contacts') }}
),

interactions as (
    select * from {{ ref('int_relationship__interactions_as_of') }}
),

account_events as (
    select * from {{ ref('stg_account_events') }}
),

required as (
    {{ required_indicators('relationship') }}
),

losses as (
    select
        account_id,
        as_of_date,
        count(*) as key_contacts_count,
        {{ days_between(
            'min(case when not has_successor then gone_on end)', 'as_of_date'
        ) }} as unreplaced_days
    from key_contacts
    group by account_id, as_of_date
),

-- kinds that we do not know are no distress
distress as (
    select
        dates.account_id,
        dates.as_of_date,
        count(*) as open_count
    from dates
    inner join account_events
        on
            dates.account_id = account_events.account_id
            and {{ is_known('account_events', 'dates.as_of_date') }}
            and account_events.kind <> 'other'
            and account_events.occurred_on <= dates.as_of_date
    where account_events.resolved_on is null or account_events.resolved_on > dates.as_of_date
    group by dates.account_id, dates.as_of_date
),

valued as (
    select
        required.account_id,
        required.as_of_date,
        required.indicator_id,
        case required.indicator_id
            when 'days_since_key_contact_left'
                then case
                    when losses.key_contacts_count > 0 then coalesce(losses.unreplaced_days, 0)
                end
            when 'executive_reviews_held_ratio'
                then
                    {{ to_double('interactions.reviews_held_count') }}
                    / nullif(interactions.reviews_planned_count, 0)
            when 'meetings_declined_90d' then coalesce(interactions.declined_count, 0)
            when 'days_since_two_way_interaction'
                then coalesce(interactions.two_way_days_ago, required.account_age_days)
            when 'distress_events_open' then coalesce(distress.open_count, 0)
        end as raw_value
    from required
    left join losses
        on
            required.account_id = losses.account_id
            and required.as_of_date = losses.as_of_date
    left join interactions
        on
            required.account_id = interactions.account_id
            and required.as_of_date = interactions.as_of_date
    left join distress
        on
            required.account_id = distress.account_id
            and required.as_of_date = distress.as_of_date
),

measured as (
    select
        account_id,
        as_of_date,
        indicator_id,
        {{ to_double('raw_value') }} as raw_value,
        {{ to_double('null') }} as baseline_value,
        case when raw_value is null then 'not_applicable' end as gap
    from valued
)

select * from measured
