{% set bands = ['unhealthy', 'fair', 'healthy'] %}
with totals as (
    select * from {{ ref('int_rollups__totals') }}
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
