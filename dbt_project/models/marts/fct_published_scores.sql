-- What was published before, and what this refresh is the first to show: scores of new cadence
-- dates, and those that differ from what was published last (restatements).
with ledger as (
    select * from {{ source('ledger', 'published_scores') }}
    {{ where_changed('int_scoring__changed_publications', ['as_of_date']) }}
),

build as (
    select * from {{ source('config', 'build') }}
),

as_of_dates as (
    select as_of_date from {{ ref('int_accounts__as_of_dates') }}
),

newest as (
    select
        account_id,
        as_of_date,
        max(refresh_id) as refresh_id
    from ledger
    group by account_id, as_of_date
),

-- not by a window, which would hold all that was ever published in memory
published_last as (
    select ledger.*
    from ledger
    inner join newest
        on
            ledger.account_id = newest.account_id
            and ledger.as_of_date = newest.as_of_date
            and ledger.refresh_id = newest.refresh_id
),

account_scores as (
    select * from {{ ref('int_scoring__account_scores') }}
    {{ where_changed('int_scoring__changed_publications', ['as_of_date']) }}
),

found as (
    select
        account_scores.account_id,
        account_scores.as_of_date,
        account_scores.scorecard_id,
        account_scores.scorecard_version,
        account_scores.weighted_score,
        account_scores.computed_score,
        account_scores.score,
        account_scores.band,
        account_scores.unscored_reason,
        false as is_withdrawn,
        published_last.refresh_id as restates
    from account_scores
    left join published_last
        on
            account_scores.account_id = published_last.account_id
            and account_scores.as_of_date = published_last.as_of_date
    where
        account_scores.is_cadence
        and (
            published_last.refresh_id is null
            or published_last.is_withdrawn
            or account_scores.scorecard_id <> published_last.scorecard_id
            or account_scores.scorecard_version <> published_last.scorecard_version
            or account_scores.band is distinct from published_last.band
            or account_scores.unscored_reason is distinct from published_last.unscored_reason
            {%- for column in ['weighted_score', 'computed_score', 'score'] %}
            or {{ comparable('account_scores.' ~ column) }}
            is distinct from {{ comparable('published_last.' ~ column) }}
            {%- endfor %}
        )
),

-- an account that turned out not to be scored on a date at all
withdrawn as (
    select
        published_last.account_id,
        published_last.as_of_date,
        published_last.scorecard_id,
        published_last.scorecard_version,
        {{ to_double('null') }} as weighted_score,
        {{ to_double('null') }} as computed_score,
        {{ to_double('null') }} as score,
        cast(null as varchar) as band,
        cast(null as varchar) as unscored_reason,
        true as is_withdrawn,
        published_last.refresh_id as restates
    from published_last
    inner join as_of_dates on published_last.as_of_date = as_of_dates.as_of_date
    left join account_scores
        on
            published_last.account_id = account_scores.account_id
            and published_last.as_of_date = account_scores.as_of_date
    where account_scores.account_id is null and not published_last.is_withdrawn
),

-- once also where the ledger's file holds a row twice
added as (
    select * from found
    union
    select * from withdrawn
),

published_scores as (
    select
        account_id,
        as_of_date,
        refresh_id,
        published_at,
        scorecard_id,
        scorecard_version,
        weighted_score,
        computed_score,
        score,
        band,
        unscored_reason,
        is_withdrawn,
        restates
    from ledger
    union all
    select
        added.account_id,
        added.as_of_date,
        build.refresh_id,
        build.started_at as published_at,
        added.scorecard_id,
        added.scorecard_version,
        added.weighted_score,
        added.computed_score,
        added.score,
        added.band,
        added.unscored_reason,
        added.is_withdrawn,
        added.restates
    from added
    cross join build
),

final as (
    select
        cast(account_id as varchar) as account_id,
        as_of_date,
        cast(refresh_id as varchar) as refresh_id,
        cast(published_at as timestamp) as published_at,
        cast(scorecard_id as varchar) as scorecard_id,
        cast(scorecard_version as integer) as scorecard_version,
        {{ to_double('weighted_score') }} as weighted_score,
        {{ to_double('computed_score') }} as computed_score,
        {{ to_double('score') }} as score,
        cast(band as varchar) as band,
        cast(unscored_reason as varchar) as unscored_reason,
        is_withdrawn,
        cast(restates as varchar) as restates
    from published_scores
)

select * from final
