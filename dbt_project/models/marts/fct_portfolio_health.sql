{% set bands = ['unhealthy', 'fair', 'healthy'] %}
with members as (
    select * from {{ ref('int_rollups__members') }}
    {{ where_in_this_build() }}
),

changes as (
    select * from {{ ref('int_rollups__changes') }}
),

as_of_dates as (
    select * from {{ ref('int_accounts__as_of_dates') }}
),

company as (
    select * from {{ source('config', 'company') }}
),

totals as (
    select
        as_of_date,
        rollup_kind,
        rollup_id,
        count(*) as account_count,
        count(*) filter (where is_scored) as scored_account_count,
        count(*) filter (where not is_scored) as unscored_account_count,
        {%- for band in bands %}
        count(*) filter (where band = '{{ band }}') as {{ band }}_account_count,
        {%- endfor %}
        count(*) filter (where band is null) as unbanded_account_count,
        sum(weight) as value_amount,
        coalesce(sum(weight) filter (where not is_scored), 0) as unscored_value_amount,
        {%- for band in bands %}
        coalesce(sum(weight) filter (where band = '{{ band }}'), 0) as {{ band }}_value_amount,
        {%- endfor %}
        coalesce(sum(weight) filter (where band is null), 0) as unbanded_value_amount,
        {{ weighted_mean('is_scored', 'weight', 'score') }} as value_weighted_score,
        {{ exact_sum('score') }} / nullif(count(score), 0) as mean_score,
        {{ weighted_mean('is_scored', 'weight', 'computed_score') }} as computed_score,
        {{ weighted_mean('fair_score is not null', 'weight', 'fair_score') }} as fair_score,
        count(override_id) as override_account_count
    from members
    group by as_of_date, rollup_kind, rollup_id
),

final as (
    select
        totals.as_of_date,
        cast(totals.rollup_kind as varchar) as rollup_kind,
        cast(totals.rollup_id as varchar) as rollup_id,
        cast(totals.account_count as integer) as account_count,
        cast(totals.scored_account_count as integer) as scored_account_count,
        cast(totals.unscored_account_count as integer) as unscored_account_count,
        {%- for band in bands + ['unbanded'] %}
        cast(totals.{{ band }}_account_count as integer) as {{ band }}_account_count,
        {%- endfor %}
        cast(totals.value_amount as decimal(18, 4)) as value_amount,
        cast(totals.unscored_value_amount as decimal(18, 4)) as unscored_value_amount,
        {%- for band in bands + ['unbanded'] %}
        cast(totals.{{ band }}_value_amount as decimal(18, 4)) as {{ band }}_value_amount,
        {%- endfor %}
        cast(company.reporting_currency as varchar) as reporting_currency,
        {{ to_double('totals.value_weighted_score') }} as value_weighted_score,
        {{ to_double('totals.mean_score') }} as mean_score,
        {%- for days in [28, 91] %}
        {%- set past = 'changes_' ~ days %}
        {{ past }}.compared_on as compared_on_{{ days }}d,
        {{ to_double(past ~ '.score_change') }} as score_change_{{ days }}d,
        {{ to_double(past ~ '.score_same_change') }} as same_accounts_change_{{ days }}d,
        {{ to_double(past ~ '.score_joined_change') }} as joined_change_{{ days }}d,
        {{ to_double(past ~ '.score_left_change') }} as left_change_{{ days }}d,
        cast({{ past }}.same_account_count as integer) as same_account_count_{{ days }}d,
        cast({{ past }}.joined_account_count as integer) as joined_account_count_{{ days }}d,
        cast({{ past }}.left_account_count as integer) as left_account_count_{{ days }}d,
        {%- endfor %}
        {{ to_double('totals.fair_score') }} as fair_score,
        {%- for days in [28, 91] %}
        {%- set past = 'changes_' ~ days %}
        {{ to_double(past ~ '.fair_score_change') }} as fair_score_change_{{ days }}d,
        {{ to_double(past ~ '.fair_score_same_change') }} as fair_same_accounts_change_{{ days }}d,
        {{ to_double(past ~ '.fair_score_joined_change') }} as fair_joined_change_{{ days }}d,
        {{ to_double(past ~ '.fair_score_left_change') }} as fair_left_change_{{ days }}d,
        {%- endfor %}
        cast(totals.override_account_count as integer) as override_account_count,
        {{ to_double('totals.value_weighted_score - totals.computed_score') }} as override_effect,
        as_of_dates.is_newest as is_latest
    from totals
    inner join as_of_dates on totals.as_of_date = as_of_dates.as_of_date
    cross join company
    {%- for days in [28, 91] %}
    {%- set past = 'changes_' ~ days %}
    left join (select * from changes where days = {{ days }}) as {{ past }}
        on
            totals.as_of_date = {{ past }}.as_of_date
            and totals.rollup_kind = {{ past }}.rollup_kind
            and totals.rollup_id = {{ past }}.rollup_id
    {%- endfor %}
)

select * from final
