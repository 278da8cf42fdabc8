{# Figures as a person reads them: at most two decimals, shares in per cent. #}
{% macro number_in_words(number) -%}
    rtrim(rtrim(cast(cast({{ number }} as decimal(28, 2)) as varchar), '0'), '.')
{%- endmacro %}

{% macro value_in_words(number, unit) -%}
    case
        when {{ unit }} = 'ratio' then {{ number_in_words('100 * ' ~ number) }} || ' %'
        else {{ number_in_words(number) }}
    end
{%- endmacro %}

{% macro status_in_words(status) -%}
    case {{ status }}
        when 'not_applicable' then 'does not concern this account'
        when 'too_new' then 'the account is too new to tell'
        when 'no_response' then 'asked, and nobody answered'
        when 'not_collected' then 'not collected for this account'
        when 'stale' then 'the source is out of date'
    end
{%- endmacro %}
