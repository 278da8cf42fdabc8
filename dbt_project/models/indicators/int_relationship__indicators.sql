with dates as (
    {{ asked_dates('relationship') }}
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

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        case
            when losses.key_contacts_count > 0 then coalesce(losses.unreplaced_days, 0)
        end as days_since_key_contact_left,
        {{ to_double('interactions.reviews_held_count') }}
        / nullif(interactions.reviews_planned_count, 0) as executive_reviews_held_ratio,
        coalesce(interactions.declined_count, 0) as meetings_declined_90d,
        coalesce(interactions.two_way_days_ago, dates.account_age_days)
            as days_since_two_way_interaction,
        coalesce(distress.open_count, 0) as distress_events_open
    from dates
    left join losses
        on dates.account_id = losses.account_id and dates.as_of_date = losses.as_of_date
    left join interactions
        on
            dates.account_id = interactions.account_id
            and dates.as_of_date = interactions.as_of_date
    left join distress
        on dates.account_id = distress.account_id and dates.as_of_date = distress.as_of_date
)

select * from indicators
