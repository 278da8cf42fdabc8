{# The day falls into the window of so many days that ends on the date, both ends included. #}
{% macro in_last_days(day, date, days) -%}
    {{ day }} between {{ add_days(date, 1 - days) }} and {{ date }}
{%- endmacro %}

{# The last day of an aggregate's period, which begins on the day. #}
{% macro usage_period_ends_on(period, day) -%}
    case coalesce({{ period }}, 'day')
        when 'week' then {{ add_days(day, 6) }}
        when 'month'
            then {{ add_days(
                "cast(date_trunc('month', " ~ day ~ ") + interval '1' month as date)", -1
            ) }}
        else {{ day }}
    end
{%- endmacro %}
