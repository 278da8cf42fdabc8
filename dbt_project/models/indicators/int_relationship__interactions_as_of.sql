with dates as (
    {{ asked_dates('relationship') }}
),

-- a meeting that was held without a time of its own was held when it was planned
interactions as (
    select
        *,
        cast(planned_at as date) as planned_on,
        cast(coalesce(occurred_at, planned_at) as date) as happened_on,
        cast(coalesce(
            occurred_at, case when outcome = 'held' then planned_at end
        ) as date) as met_on
    from {{ ref('stg_interactions') }}
),

interactions_as_of as (
    select
        dates.account_id,
        dates.as_of_date,
        count(*) filter (
            where
            interactions.kind = 'executive_review'
            and {{ in_last_days('interactions.planned_on', 'dates.as_of_date', 365) }}
        ) as reviews_planned_count,
        count(*) filter (
            where
            interactions.kind = 'executive_review'
            and {{ in_last_days('interactions.planned_on', 'dates.as_of_date', 365) }}
            and interactions.outcome = 'held'
            and interactions.happened_on <= dates.as_of_date
        ) as reviews_held_count,
        count(*) filter (
            where
            interactions.kind in ('meeting', 'executive_review')
            and interactions.outcome in ('declined', 'no_answer')
            and {{ in_last_days('interactions.happened_on', 'dates.as_of_date', 90) }}
        ) as declined_count,
        {{ days_between(
            'max(interactions.met_on) filter (
                where interactions.is_two_way and interactions.met_on <= dates.as_of_date
            )',
            'dates.as_of_date'
        ) }} as two_way_days_ago
    from dates
    inner join interactions
        on
            dates.account_id = interactions.account_id
            and {{ is_known('interactions', 'dates.as_of_date') }}
    group by dates.account_id, dates.as_of_date
)

select * from interactions_as_of
