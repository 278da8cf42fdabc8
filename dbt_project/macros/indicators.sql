{# The modules of the method, each with a model `int_<module>__indicators`: dbt needs them while it
   parses. A test holds the list against the catalogue. #}
{% macro indicator_modules() -%}
    {{ return([
        'readiness', 'onboarding', 'adoption', 'support', 'bugs', 'product_requests', 'sentiment',
        'relationship', 'commercial', 'outcome',
    ]) }}
{%- endmacro %}

{# Some scorecard, knock-out or CTA rule asks for an indicator of the module. #}
{% macro is_module_asked(module_id) -%}
    exists (
        select 1 from {{ ref('int_indicators__required') }} where module_id = '{{ module_id }}'
    )
{%- endmacro %}

{# The same of one indicator: for what costs much and serves no other. #}
{% macro is_indicator_asked(indicator_id) -%}
    exists (
        select 1 from {{ ref('int_indicators__required') }}
        where indicator_id = '{{ indicator_id }}'
    )
{%- endmacro %}

{# The account dates of which this build measures indicators, for a module that somebody asks for. For
   any other there are none, so that nothing behind them is read. #}
{% macro asked_dates(module_id) -%}
    {%- set carried_dates = ref('int_indicators__carried_dates') -%}
    select account_dates.*
    from {{ ref('int_indicators__account_dates') }} as account_dates
    {#- where nothing is carried on, an engine would take most rows for left out, and plan for few #}
    {%- if last_built('fct_indicator_scores') %}
    left join {{ carried_dates }} as carried_dates
        on
            account_dates.account_id = carried_dates.account_id
            and account_dates.as_of_date = carried_dates.as_of_date
    {%- endif %}
    where
        {{ is_module_asked(module_id) }}
        {{ "and carried_dates.account_id is null" if last_built('fct_indicator_scores') }}
{%- endmacro %}

{# The columns of the modules' wide models beside their keys, by module: those that their YAML
   describes. A unit test states its own, for dbt shows it no graph. #}
{% macro indicator_columns() -%}
    {%- set keys = [
        'account_id', 'as_of_date', 'scorecard_id', 'scorecard_version', 'account_age_days',
    ] -%}
    {%- set columns = {} -%}
    {%- if execute -%}
        {%- for module_id in indicator_modules() -%}
            {%- set model = graph.nodes.values()
                | selectattr('resource_type', 'equalto', 'model')
                | selectattr('name', 'equalto', 'int_' ~ module_id ~ '__indicators') | first -%}
            {%- do columns.update({module_id: model.columns | reject('in', keys) | list}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}

{# The column of the wide row that belongs to the asked indicator: its value, or what goes with it and
   ends in `__gap` or `__baseline`. Null where the module has none such. #}
{% macro column_of_asked(columns, ending, type) -%}
    {%- set found = [] -%}
    {%- for column in columns if column != 'gap' -%}
        {%- set parts = column.split('__') -%}
        {%- if parts[1:] | join == ending -%}
            {%- do found.append('when \'' ~ parts[0] ~ '\' then wide.' ~ column) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if found -%}
    cast(
            case asked.indicator_id
                {{ found | join('\n                ') }}
            end as {{ type }}
        )
    {%- else -%}
    cast(null as {{ type }})
    {%- endif -%}
{%- endmacro %}

{# A module's wide rows, one row for each indicator that is asked of them. #}
{% macro asked_indicators(module_id, asked, keys) -%}
    {%- set columns = indicator_columns().get(module_id, []) -%}
    {%- set own_gap = column_of_asked(columns, 'gap', dbt.type_string()) -%}
    select
        wide.account_id,
        wide.as_of_date,
        wide.account_age_days,
        asked.indicator_id,
        asked.minimum_age_days,
        asked.is_collected,
        asked.is_stale,
        asked.source_out,
        {{ column_of_asked(columns, '', double_type()) }} as raw_value,
        {{ column_of_asked(columns, 'baseline', double_type()) }} as baseline_value,
        {{ "coalesce(wide.gap, " ~ own_gap ~ ")" if 'gap' in columns else own_gap }} as gap
    from {{ ref('int_' ~ module_id ~ '__indicators') }} as wide
    inner join {{ asked }} as asked
        on
            asked.module_id = '{{ module_id }}'
            {%- for key in keys %}
            and wide.{{ key }} = asked.{{ key }}
            {%- endfor %}
{%- endmacro %}

{# Use of a week by the company's usage measure. #}
{% macro usage_level(weeks, company) -%}
    case {{ company }}.usage_measure
        when 'minutes' then {{ weeks }}.active_minutes
        when 'quantity' then {{ weeks }}.quantity
        else {{ weeks }}.action_count
    end
{%- endmacro %}

{# What the rows of a week add up to: parts of months are rounded in each row, and how many rows a week
   has hangs on what came later; their sum does not. #}
{% macro sum_of_week(sum) -%}
    {{ to_double('cast(' ~ sum ~ ' as decimal(28, 6))') }}
{%- endmacro %}

{# How far a week's use lies from the account's own level, in its own spreads: 1.4826 times the median
   distance from the median is a standard deviation; below a tenth of the level nothing is unusual.
   Null without a level. #}
{% macro spread_from_level(usage_level) -%}
    ({{ to_double(usage_level) }} - levels.baseline_level)
    / nullif(greatest(1.4826 * levels.baseline_deviation, 0.1 * levels.baseline_level), 0)
{%- endmacro %}
