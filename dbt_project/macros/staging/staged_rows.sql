{# One row per landed row of the table with what became of it: typed, judged and put in order.

   disposition  accepted (stands now), quarantined, duplicate (same key, same content),
                superseded (a newer version of the key came), deleted (gone from a later state
                table, or said so by is_deleted)
   is_version   the row was, or is, what was known of its key for some time
   known_from, known_until    as-of dates for which the version counts (until: exclusive)
   valid_from, valid_until    days at whose end the version stood (until: exclusive)
   built_in     the build that last judged the row
   changed_from the first as-of date that its judgement then may have changed; null for none

   Only keys that occur again, or are gone, pass the windows: large tables have few of those. A
   later build judges again the keys that it brings, those that a new state may lack, and what was
   bad: an account may be known by now, a date may have come. Rows never leave the table. #}
{% macro staged_rows(table_name) -%}
{%- set spec = raw_table_spec(table_name) -%}
{%- set kind = spec.meta.kind -%}
{%- set key_faults = row_key_faults(spec) -%}
{%- set content_faults = row_content_faults(spec) -%}
{%- set faults = key_faults + content_faults -%}
{#- by name, not by specification: dbt has to see the reference while it only parses -#}
{%- set has_account = table_name not in ['accounts', 'staff', 'exchange_rates'] -%}

with build as (
    select * from {{ source('config', 'build') }}
),
{% if is_incremental() %}
last_staged as (
    select coalesce(max(load_number), 0) as load_number from {{ this }}
),

changed_keys as (
    select {{ row_key(spec, 'raw_rows.', 'raw_rows._file', 'raw_rows._line') }} as changed_key
    from {{ source('raw', table_name) }} as raw_rows
    where raw_rows._load_number > (select load_number from last_staged)
    union
    select row_key as changed_key from {{ this }}
    where quarantine_rule is not null
    {%- if kind == 'state' %}
    union
    select row_key as changed_key from {{ this }}
    where
        load_number = (select load_number from last_staged)
        and load_number < (
            select max(load_number) from {{ source('landing', 'table_loads') }}
            where table_name = '{{ table_name }}'
        )
    {%- endif %}
),

-- read once more rather than shared with the above: an engine may keep what is shared, all of it
landed as (
    select raw_rows.*
    from {{ source('raw', table_name) }} as raw_rows
    where
        {{ row_key(spec, 'raw_rows.', 'raw_rows._file', 'raw_rows._line') }}
        in (select changed_key from changed_keys)
),
{% else %}
landed as (
    select * from {{ source('raw', table_name) }}
),
{% endif %}
company as (
    select * from {{ source('config', 'company') }}
),

table_loads as (
    select
        load_number,
        loaded_at,
        row_number() over (order by load_number) as snapshot_number,
        lead(loaded_at) over (order by load_number) as next_loaded_at
    from {{ source('landing', 'table_loads') }}
    where table_name = '{{ table_name }}'
),
{% if has_account %}
known_accounts as (
    select distinct account_id as known_account_id
    from {{ ref('stg_accounts__rows') }}
    where disposition <> 'quarantined'
),
{% endif %}
typed as (
    select
        landed._load_number as load_number,
        landed._loaded_at as loaded_at,
        landed._file as file_name,
        landed._line as line_number,
        company.run_date,
        {%- if has_account %}
        known_accounts.known_account_id is not null as is_account_known,
        {%- endif %}
        {%- for column in spec.columns + common_columns() %}
        landed.{{ column.name }} as raw_{{ column.name }},
        {{ read_text_as('landed.' ~ column.name, column.type, 'company.time_zone') }}
            as {{ column.staged_name }}{{ "," if not loop.last }}
        {%- endfor %}
    from landed
    cross join company
    {%- if has_account %}
    left join known_accounts on landed.account_id = known_accounts.known_account_id
    {%- endif %}
),

judged as (
    select
        *,
        coalesce(own_is_deleted, false) as is_tombstone,
        {{ row_key(spec, 'raw_', 'file_name', 'line_number') }} as row_key,
        case
            {%- for fault in key_faults %}
            when {{ fault.when }} then {{ loop.index }}
            {%- endfor %}
            -- who says that a row is gone need not repeat its content
            when own_is_deleted then 0
            {%- for fault in content_faults %}
            when {{ fault.when }} then {{ (key_faults | length) + loop.index }}
            {%- endfor %}
            else 0
        end as fault_number,
        coalesce(
            own_arrived_at,
            case
                when load_number > 1 then loaded_at
                else cast({{ spec.meta.get('event_time', 'null') }} as timestamp)
            end,
            timestamp '1900-01-01 00:00:00'
        ) as arrived_at
    from typed
),

repeated_keys as (
    select row_key
    from judged
    group by row_key
    having
        count(*) > 1
        or bool_or(is_tombstone)
        {%- if kind == 'state' %}
        -- gone from a later state table
        or max(load_number) < (select max(load_number) from table_loads)
        {%- endif %}
),

-- within one load the newest update wins, else a deletion, else the greatest content: the order
-- never matters
ranked as (
    select
        judged.*,
        table_loads.snapshot_number,
        table_loads.next_loaded_at,
        row_number() over (
            partition by judged.row_key, judged.load_number
            order by
                judged.fault_number = 0 desc,
                judged.updated_at desc nulls last,
                judged.is_tombstone desc,
                {{ content_hash(spec) }} desc,
                judged.arrived_at,
                judged.own_arrived_at nulls last,
                judged.file_name,
                judged.line_number
        ) as rank_in_load,
        {{ content_hash(spec) }} as content_hash
    from judged
    inner join repeated_keys on judged.row_key = repeated_keys.row_key
    inner join table_loads on judged.load_number = table_loads.load_number
),

-- a row that was updated before what is known already changes nothing
weighed as (
    select
        *,
        fault_number = 0
        and rank_in_load = 1
        and (
            updated_at is null
            or updated_at >= coalesce(
                max(case when fault_number = 0 then updated_at end) over earlier, updated_at
            )
        ) as is_effective,
        first_value(content_hash) over (
            partition by row_key, load_number order by rank_in_load
        ) as winning_hash,
        max(case when fault_number = 0 then load_number end) over (partition by row_key)
            as last_sound_load_number
    from ranked
    window earlier as (
        partition by row_key
        order by load_number, rank_in_load desc
        rows between unbounded preceding and 1 preceding
    )
),

presence as (
    select
        row_key,
        load_number,
        max(snapshot_number) as snapshot_number,
        max(next_loaded_at) as next_loaded_at
    from weighed
    group by row_key, load_number
),

-- a state table's key that the next snapshot lacks was deleted then
absences as (
    select
        row_key,
        load_number,
        case
            when {{ 'true' if kind == 'state' else 'false' }}
                and coalesce(lead(snapshot_number) over by_key, -1) <> snapshot_number + 1
                then next_loaded_at
        end as absent_from
    from presence
    window by_key as (partition by row_key order by load_number)
),

-- the first deletion after each load, also where a row that does not count was the last one present
presence_ends as (
    select
        row_key,
        load_number,
        min(absent_from) over (
            partition by row_key order by load_number
            rows between current row and unbounded following
        ) as deleted_at
    from absences
),

compared as (
    select
        weighed.*,
        presence_ends.deleted_at,
        lag(weighed.content_hash) over by_key as previous_hash,
        lag(presence_ends.deleted_at) over by_key as previous_deleted_at
    from weighed
    inner join presence_ends
        on
            weighed.row_key = presence_ends.row_key
            and weighed.load_number = presence_ends.load_number
    where weighed.is_effective
    window by_key as (partition by weighed.row_key order by weighed.load_number)
),

versioned as (
    select
        *,
        sum(case
            when
                previous_hash is distinct from content_hash
                or previous_deleted_at is distinct from deleted_at
                then 1
            else 0
        end) over (
            partition by row_key order by load_number rows unbounded preceding
        ) as version_number
    from compared
),

version_starts as (
    select
        row_key,
        version_number,
        min(load_number) as load_number,
        max(deleted_at) as deleted_at
    from versioned
    group by row_key, version_number
),

-- the newest version stands from its arrival, whatever arrived later than that before it
versions as (
    select
        version_starts.row_key,
        version_starts.load_number,
        version_starts.version_number,
        versioned.is_effective,
        case
            when lead(version_starts.deleted_at) over by_key is distinct from version_starts.deleted_at
                then version_starts.deleted_at
        end as deleted_at,
        min(versioned.arrived_at) over (
            by_key rows between 1 following and unbounded following
        ) as next_arrived_at
    from version_starts
    inner join versioned
        on
            version_starts.row_key = versioned.row_key
            and version_starts.load_number = versioned.load_number
    window by_key as (
        partition by version_starts.row_key order by version_starts.version_number
    )
),

repeated as (
    select
        weighed.*,
        versions.version_number,
        coalesce(versions.version_number, 0) = 1 as is_first_version,
        case
            when versions.deleted_at is null then versions.next_arrived_at
            when versions.next_arrived_at is null then versions.deleted_at
            else least(versions.deleted_at, versions.next_arrived_at)
        end as ended_at,
        case
            -- mended at its source and landed again
            when weighed.fault_number > 0 and weighed.load_number < weighed.last_sound_load_number
                then 'superseded'
            when weighed.fault_number > 0 then 'quarantined'
            when weighed.is_tombstone and weighed.is_effective then 'deleted'
            when versions.deleted_at is not null then 'deleted'
            when versions.version_number is not null and versions.next_arrived_at is not null
                then 'superseded'
            when versions.version_number is not null then 'accepted'
            when weighed.is_effective then 'duplicate'
            when weighed.rank_in_load > 1 and weighed.content_hash = weighed.winning_hash
                then 'duplicate'
            else 'superseded'
        end as disposition,
        versions.version_number is not null and not weighed.is_tombstone as is_version
    from weighed
    left join versions
        on
            weighed.row_key = versions.row_key
            and weighed.load_number = versions.load_number
            and weighed.is_effective = versions.is_effective
),

all_rows as (
    select
        {{ staged_row_columns(spec) }},
        disposition,
        is_version,
        is_first_version,
        ended_at
    from repeated
    union all
    select
        {{ staged_row_columns(spec) }},
        case when fault_number > 0 then 'quarantined' else 'accepted' end as disposition,
        fault_number = 0 as is_version,
        true as is_first_version,
        cast(null as timestamp) as ended_at
    from judged
    where not exists (select 1 from repeated_keys where repeated_keys.row_key = judged.row_key)
),

final as (
    select
        load_number,
        loaded_at,
        file_name,
        line_number,
        row_key,
        disposition,
        is_version,
        {%- for column in spec.columns %}
        {{ staged_column(column) }} as {{ column.staged_name }},
        {%- endfor %}
        case fault_number
            {%- for fault in faults %}
            when {{ loop.index }} then '{{ fault.rule }}'
            {%- endfor %}
        end as quarantine_rule,
        case fault_number
            {%- for fault in faults %}
            when {{ loop.index }} then '{{ fault.column }}'
            {%- endfor %}
        end as quarantine_column,
        case fault_number
            {%- for fault in faults %}
            when {{ loop.index }} then {{ shown_value(spec, fault) }}
            {%- endfor %}
        end as quarantine_value,
        arrived_at,
        case
            when own_arrived_at is null and load_number = 1 then date '1900-01-01'
            else {{ add_days('cast(arrived_at as date)', -35) }}
        end as known_from,
        {{ add_days('cast(ended_at as date)', -35) }} as known_until,
        case
            when is_first_version then date '1900-01-01'
            else cast(arrived_at as date)
        end as valid_from,
        cast(ended_at as date) as valid_until,
        {#- a state that changes later is news, not late -#}
        {{ ' is_first_version and' if kind == 'state' }}
        {{ add_days("cast(coalesce(" ~ spec.meta.get('event_time', 'null') ~ ", arrived_at) as date)", 35) }}
        < cast(arrived_at as date) as is_late
    from all_rows
),

stamped as (
    select
        final.*,
        build.build_number as built_in,
        {% if is_incremental() -%}
        case
            when not final.is_version and not coalesce(earlier.is_version, false) then null
            when
                final.is_version is distinct from earlier.is_version
                or final.valid_from <> earlier.valid_from
                then final.known_from
            when final.known_until is distinct from earlier.known_until
                then least(
                    coalesce(final.known_until, earlier.known_until),
                    coalesce(earlier.known_until, final.known_until)
                )
        end
        {%- else -%}
        cast(null as date)
        {%- endif %} as changed_from
    from final
    cross join build
    {%- if is_incremental() %}
    left join {{ this }} as earlier
        on
            final.load_number = earlier.load_number
            and final.file_name = earlier.file_name
            and final.line_number = earlier.line_number
    {%- endif %}
)

select * from stamped
{%- endmacro %}

{# What tells one thing from another: its key, or its place where the key is missing. #}
{% macro row_key(spec, prefix, file_name, line_number) -%}
    coalesce(
        {%- for key in spec.meta.key %}
        {% if spec.meta.key | length == 1 %}{{ prefix ~ key }}
        {%- else %}{{ "|| '|' || " if not loop.first }}{{ key_part(prefix ~ key) }}{% endif %}
        {%- endfor %},
        {{ file_name }} || ':' || cast({{ line_number }} as varchar)
    )
{%- endmacro %}

{# Columns that both branches of the macro above carry on. #}
{% macro staged_row_columns(spec) -%}
    load_number,
        loaded_at,
        file_name,
        line_number,
        row_key,
        fault_number,
        own_arrived_at,
        arrived_at,
        {%- for column in common_columns() %}
        raw_{{ column.name }},
        {%- endfor %}
        {%- for column in spec.columns %}
        raw_{{ column.name }},
        {{ column.staged_name }}{{ "," if not loop.last }}
        {%- endfor %}
{%- endmacro %}

{# One part of a key of several columns, so written that no two keys come out the same. #}
{% macro key_part(column) -%}
    replace(replace(coalesce({{ column }}, ''), '~', '~~'), '|', '~.')
{%- endmacro %}

{# The content that tells two rows with one key apart; each value with its length, so that no text
   passes for two. #}
{% macro content_hash(spec) -%}
    md5(
        {%- for column in spec.columns %}
        coalesce(cast(length(raw_{{ column.name }}) as varchar) || ':' || raw_{{ column.name }}, '-') ||
        {%- endfor %}
        cast(is_tombstone as varchar)
    )
{%- endmacro %}

{# An accepted value, or `other`; anything else as it is. #}
{% macro staged_column(column) -%}
    {%- if column.meta.get('accepted') -%}
        case
            when {{ column.name }} is null then null
            when {{ column.name }} in ('{{ column.meta.accepted | join("', '") }}')
                then {{ column.name }}
            else 'other'
        end
    {%- else -%}
        {{ column.staged_name }}
    {%- endif -%}
{%- endmacro %}

{# What the quarantine shows of a value: nothing of personal columns, the beginning of others. Where
   a number or a date can't be read, anything may stand there, a name too: its shape is shown. #}
{% macro shown_value(spec, fault) -%}
    {%- set column = (spec.columns + common_columns()) | selectattr('name', 'equalto', fault.column) | first -%}
    {%- set beginning = 'left(raw_' ~ fault.column ~ ', 100)' -%}
    {%- if column.meta.get('personal') -%}'(masked)'
    {%- elif fault.rule.startswith('unreadable_') -%}{{ without_emails(shape_of(beginning)) }}
    {%- else -%}{{ without_emails(beginning) }}
    {%- endif -%}
{%- endmacro %}

{# One row per version of a row that was ever accepted: what every later model reads. #}
{% macro staged_versions(table_name) -%}
{%- set spec = raw_table_spec(table_name) -%}
with staged as (
    select * from {{ ref('stg_' ~ table_name ~ '__rows') }}
)

select
    row_key,
    {%- for column in spec.columns %}
    {{ column.staged_name }},
    {%- endfor %}
    arrived_at,
    known_from,
    known_until,
    valid_from,
    valid_until,
    is_late,
    disposition = 'accepted' as is_current
from staged
where is_version
{%- endmacro %}
