{# The day falls into the window of so many days that ends on the date, both ends included. #}
{% macro in_last_days(day, date, days) -%}
    {{ day }} between {{ add_days(date, 1 - days) }} and {{ date }}
{%- endmacro %}

{# What stands from `counts_from` until `counts_until` stands on the date. #}
{% macro counts_on(alias, date) -%}
    {{ alias }}.counts_from <= {{ date }}
    and ({{ alias }}.counts_until is null or {{ date }} < {{ alias }}.counts_until)
{%- endmacro %}

{# The last day of the day's month. #}
{% macro last_day_of_month(day) -%}
    {{ last_day_of('month', day) }}
{%- endmacro %}

{# The last day of the day's month or quarter, or of the one that lies so many before it. #}
{% macro last_day_of(period, day, back=0) -%}
    {%- set months = {'month': 1, 'quarter': 3}[period] * (1 - back) -%}
    {{ add_days(
        "cast(date_trunc('" ~ period ~ "', " ~ day ~ ") + interval '" ~ months ~ "' month as date)",
        -1
    ) }}
{%- endmacro %}

{# Every day from the first to the last `as_of_date` of a relation, as `calendar_date`, with the first
   of these dates from that day on. What counts from a day so meets the date that is the first to see
   it by an equality; a day before all dates is seen by the first. #}
{% macro first_dates_from(dates) -%}
    select
        days.calendar_date,
        min(dates.as_of_date) over (
            order by days.calendar_date rows between current row and unbounded following
        ) as as_of_date
    from (
        {{ date_spine(
            '(select min(as_of_date) as first_on, max(as_of_date) as last_on from ' ~ dates
            ~ ') as bounds',
            'first_on', 'last_on'
        ) }}
    ) as days
    left join {{ dates }} as dates on days.calendar_date = dates.as_of_date
{%- endmacro %}

{# Days of a cadence's period, the longest one. #}
{% macro period_days(cadence) -%}
    case {{ cadence }} when 'daily' then 1 when 'weekly' then 7 when 'monthly' then 31 else 92 end
{%- endmacro %}

{# The date with which a change over 28, 91 or 182 days compares: the last day of the cadence's period
   so many periods back; null where the days are no period. A date off the cadence stands for the period
   that it lies in: it compares with what that one's last day will compare with. #}
{% macro compared_date(date, cadence, days) -%}
    {%- set months = {28: 1, 91: 3, 182: 6}[days] -%}
    case {{ cadence }}
        when 'daily' then {{ add_days(date, -days) }}
        when 'weekly' then {{ add_days(week_ends_on(date), -days) }}
        when 'monthly' then {{ last_day_of('month', date, months) }}
        {%- if months % 3 == 0 %}
        when 'quarterly' then {{ last_day_of('quarter', date, months // 3) }}
        {%- endif %}
    end
{%- endmacro %}

{# How many days back the row before a date may lie: the longest period, and as many days more. #}
{% macro furthest_back(days) -%}
    {{ return(days + 92) }}
{%- endmacro %}

{# The last day of an aggregate's period, which begins on the day. #}
{% macro usage_period_ends_on(period, day) -%}
    case coalesce({{ period }}, 'day')
        when 'week' then {{ add_days(day, 6) }}
        when 'month'
            then {{ last_day_of_month(day) }}
        else {{ day }}
    end
{%- endmacro %}

{# Rows of one key put together to the unbroken times in which at least one of them counts, from
   `counts_from` until `counts_until` (exclusive, null for no end). Times that meet are one; between
   times that don't, nothing counts. Only keys that have an end pass the windows: few have. #}
{% macro unbroken_times(relation, key) -%}
    {%- set keys = key | join(', ') -%}
    with ended as (
        select distinct {{ keys }} from {{ relation }} where counts_until is not null
    ),

    known_before as (
        select
            counted.*,
            max(coalesce(counted.counts_until, date '9999-12-31')) over (
                partition by {{ 'counted.' ~ key | join(', counted.') }}
                order by counted.counts_from
                rows between unbounded preceding and 1 preceding
            ) as known_until
        from {{ relation }} as counted
        inner join ended
            on
                {%- for column in key %}
                counted.{{ column }} = ended.{{ column }}{{ " and" if not loop.last }}
                {%- endfor %}
    ),

    numbered as (
        select
            *,
            sum(case when counts_from > known_until then 1 else 0 end) over (
                partition by {{ keys }}
                order by counts_from
                rows between unbounded preceding and current row
            ) as spell
        from known_before
    )

    select
        {{ keys }},
        min(counts_from) as counts_from,
        nullif(max(coalesce(counts_until, date '9999-12-31')), date '9999-12-31') as counts_until
    from numbered
    group by {{ keys }}, spell
    union all
    select
        {{ keys }},
        min(counts_from) as counts_from,
        cast(null as date) as counts_until
    from {{ relation }}
    group by {{ keys }}
    having bool_and(counts_until is null)
{%- endmacro %}
