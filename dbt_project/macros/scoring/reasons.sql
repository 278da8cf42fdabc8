{# Words are made once for all rows that read the same: what decides how a row reads, as columns that
   are never null, so that plain equalities join them. #}
{% macro reason_keys() -%}
    {{ return({
        'scorecard_id': 'asked.scorecard_id',
        'scorecard_version': 'asked.scorecard_version',
        'indicator_id': 'asked.indicator_id',
        'status': 'asked.status',
        'is_filled': 'asked.is_filled',
        'shown_method': "coalesce(asked.method, '')",
        'shown_population': 'coalesce(asked.population, 0)',
        'shown_tier_number': 'coalesce(asked.tier_number, 0)',
        'is_ratio_binding': 'asked.is_ratio_binding',
        'is_nothing': 'coalesce(asked.raw_value = 0, false)',
        'shown_value': shown_number(in_unit('asked.raw_value', 'criteria.unit')),
        'shown_baseline': shown_number(in_unit('asked.baseline_value', 'criteria.unit')),
        'shown_score': shown_number('asked.indicator_score'),
    }) }}
{%- endmacro %}

{# A number as far as its words tell it (see `number_in_words`); none is a number that none is. #}
{% macro shown_number(number) -%}
    coalesce(
        cast(
            case
                when {{ number }} > 1e15 then 1e15 + 1
                when {{ number }} < -1e15 then -1e15 - 1
                else {{ number }}
            end as decimal(18, 2)
        ),
        cast(-2e15 as decimal(18, 2))
    )
{%- endmacro %}

{% macro in_unit(number, unit) -%}
    case when {{ unit }} = 'ratio' then 100 * {{ number }} else {{ number }} end
{%- endmacro %}
