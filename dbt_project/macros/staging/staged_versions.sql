{# From which as-of date on a row counts, by its arrival: in the very first load since ever, unless its
   source says when it arrived. #}
{% macro known_from_of(is_arrival_guessed, load_number, arrived_at) -%}
    case
        when {{ is_arrival_guessed }} and {{ load_number }} = 1 then date '1900-01-01'
        else {{ add_days('cast(' ~ arrived_at ~ ' as date)', '-' ~ arrival_days()) }}
    end
{%- endmacro %}

{# The same of a version that replaces another, which no first load brings. What comes with a load that
   lacks a column, or after it, is known from that load on: an absence has no date. #}
{% macro restated_from(arrived_at, not_before) -%}
    greatest(
        {{ add_days('cast(' ~ arrived_at ~ ' as date)', '-' ~ arrival_days()) }},
        coalesce({{ not_before }}, date '1900-01-01')
    )
{%- endmacro %}

{# A row arrived too late to count for the day that it is about. #}
{% macro arrived_late(event_on, arrived_at) -%}
    {{ add_days(event_on, arrival_days()) }} < cast({{ arrived_at }} as date)
{%- endmacro %}

{# One row per version of a row that was ever accepted: what every later model reads. #}
{% macro staged_versions(table_name) -%}
{%- set spec = raw_table_spec(table_name) -%}
with landed as (
    select * from {{ ref('stg_' ~ table_name ~ '__rows') }}
),

history as (
    select * from {{ ref('stg_row_history') }} where table_name = '{{ table_name }}'
),

-- a row without a history is sound, and the first of its key; a state repeats it
versions as (
    select
        landed.row_key,
        {%- for column in spec.columns %}
        landed.{{ column.staged_name }},
        {%- endfor %}
        landed.landed_event_time,
        landed.load_number,
        landed.arrived_at,
        coalesce(
            history.known_from,
            {{ known_from_of(
                'landed.own_arrived_at is null', 'landed.load_number', 'landed.arrived_at'
            ) }}
        ) as known_from,
        history.known_until,
        coalesce(history.valid_from, date '1900-01-01') as valid_from,
        history.valid_until,
        history.gone_on,
        history.replaced_on,
        history.replaced_from,
        {#- a state that changes later is news, not late #}
        {{ "coalesce(history.is_first_version, true) and" if spec.meta.kind == 'state' }}
        {{ arrived_late('landed.event_on', 'landed.arrived_at') }} as is_late,
        coalesce(history.disposition = 'accepted', true) as is_current
    from landed
    left join history
        on
            landed.load_number = history.load_number
            and landed.file_name = history.file_name
            and landed.line_number = history.line_number
    where {{ "coalesce(history.is_version, landed.load_number = " ~ first_load_number(table_name) ~ ")"
        if spec.meta.kind == 'state' else "coalesce(history.is_version, true)" }}
)

select * from versions
{%- endmacro %}

{# Whether a row counted before this build: what had no history was simply accepted, or repeated what
   a state before it said. #}
{% macro was_version(row, earlier) -%}
    coalesce(
        {{ earlier }}.is_version,
        {{ row }}.load_number <= build.loads_there
        and ({{ row }}.snapshot_number = 1 or not {{ row }}.is_state)
    )
{%- endmacro %}
