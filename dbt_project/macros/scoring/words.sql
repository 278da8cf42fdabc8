{# Figures as a person reads them: at most two decimals, shares in per cent. Decimals of 64 bits hold
   them; those of 128 take long to write. #}
{% macro number_in_words(number) -%}
    case when {{ number }} > 1e15 then 'over ' when {{ number }} < -1e15 then 'under ' else '' end
    || {{ without_zeros(bounded(number), 2) }}
{%- endmacro %}

{# A number that is not too large, without the zeros behind its point. #}
{% macro without_zeros(number, places) -%}
    rtrim(rtrim(cast(cast({{ number }} as decimal(18, {{ places }})) as varchar), '0'), '.')
{%- endmacro %}

{% macro value_in_words(number, unit) -%}
    case
        when {{ unit }} = 'ratio' then {{ number_in_words('100 * ' ~ number) }} || ' %'
        else {{ number_in_words(number) }}
    end
{%- endmacro %}

{# Points with their sign and one decimal: `+4`, `−12.5`. #}
{% macro points_in_words(points) -%}
    case when {{ points }} < 0 then '−' else '+' end
    || {{ without_zeros('abs(' ~ points ~ ')', 1) }}
{%- endmacro %}

{# Those of some texts that are there, with two characters between them. #}
{% macro listed(texts, separator='; ') -%}
    substr(
        {%- for text in texts %}
        {{ '|| ' if not loop.first }}coalesce('{{ separator }}' || {{ text }}, '')
        {%- endfor %},
        3
    )
{%- endmacro %}

{# A measured fact as the catalogue's phrase puts it; the part in brackets where there is a baseline,
   the part behind a bar where the value is 0. #}
{% macro fact_in_words(phrase, value, baseline, unit) -%}
    replace(
        replace(
            case
                when {{ value }} = 0 and split_part({{ phrase }}, '|', 2) <> ''
                    then split_part({{ phrase }}, '|', 2)
                when {{ baseline }} is null
                    then split_part(split_part({{ phrase }}, '|', 1), '[', 1)
                else replace(replace(split_part({{ phrase }}, '|', 1), '[', ''), ']', '')
            end,
            '{value}',
            {{ value_in_words(value, unit) }}
        ),
        '{baseline}',
        coalesce({{ value_in_words(baseline, unit) }}, '')
    )
{%- endmacro %}

{% macro status_in_words(status) -%}
    case {{ status }}
        when 'not_applicable' then 'does not concern this account'
        when 'too_new' then 'the account is too new to tell'
        when 'no_response' then 'asked, and nobody answered'
        when 'not_collected' then 'not collected'
        when 'stale' then 'the source is out of date'
    end
{%- endmacro %}

{# The tier of a row with its bounds: `below 5`, `5 to 10`, `10 and more`. #}
{% macro tier_in_words(unit) -%}
    case
        when tier_lower_bound is null and tier_upper_bound is null then 'any value'
        when tier_lower_bound is null
            then 'below ' || {{ value_in_words('tier_upper_bound', unit) }}
        when tier_upper_bound is null
            then {{ value_in_words('tier_lower_bound', unit) }} || ' and more'
        else
            {{ value_in_words('tier_lower_bound', unit) }} || ' to '
            || {{ value_in_words('tier_upper_bound', unit) }}
    end
{%- endmacro %}
