-- What became of every landed row that is not simply accepted, and for which dates it counts. Of a key
-- that this build judges, all rows are judged again; the others are carried on.
with row_versions as (
    select * from {{ ref('stg_row_versions') }}
),

{% if is_incremental() -%}
build as (
    select * from {{ source('config', 'build') }}
),

{% endif -%}
timed as (
    select
        table_name,
        is_state,
        load_number,
        snapshot_number,
        file_name,
        line_number,
        row_key,
        account_id,
        disposition,
        is_version,
        is_first_version,
        case
            when is_version and not is_first_version
                then {{ restated_from('arrived_at', 'not_before') }}
            else {{ known_from_of('own_arrived_at is null', 'load_number', 'arrived_at') }}
        end as known_from,
        -- an absence has no date: what a state lacks was there until that load
        least(cast(gone_at as date), replaced_from) as known_until,
        case when is_first_version then date '1900-01-01' else cast(arrived_at as date) end
            as valid_from,
        least(cast(gone_at as date), cast(replaced_at as date)) as valid_until,
        cast(gone_at as date) as gone_on,
        cast(replaced_at as date) as replaced_on,
        replaced_from,
        {{ arrived_late('event_on', 'arrived_at') }} as is_late,
        has_other,
        faults,
        is_in_quarantine,
        event_on,
        reaches_from,
        built_in
    from row_versions
),

-- the first as-of date that this build's judgement may change
compared_with_earlier as (
    select
        timed.*,
        {% if is_incremental() -%}
        case
            when not timed.is_version and not {{ was_version('timed', 'earlier') }} then null
            when
                timed.is_version <> {{ was_version('timed', 'earlier') }}
                or timed.valid_from <> coalesce(earlier.valid_from, date '1900-01-01')
                -- a value that was emptied may be believed by now
                or timed.faults is distinct from earlier.faults
                then timed.known_from
            when timed.known_until is distinct from earlier.known_until
                then least(
                    coalesce(timed.known_until, earlier.known_until),
                    coalesce(earlier.known_until, timed.known_until)
                )
            -- of a contract that was gone already
            when timed.replaced_from is distinct from earlier.replaced_from
                then least(
                    coalesce(timed.replaced_from, earlier.replaced_from),
                    coalesce(earlier.replaced_from, timed.replaced_from)
                )
        end as differs_from
        {%- else -%}
        cast(null as date) as differs_from
        {%- endif %}
    from timed
    {%- if is_incremental() %}
    cross join build
    left join {{ this }} as earlier
        on
            timed.table_name = earlier.table_name
            and timed.load_number = earlier.load_number
            and timed.file_name = earlier.file_name
            and timed.line_number = earlier.line_number
    {%- endif %}
),

final as (
    select
        *,
        case when differs_from is not null then greatest(differs_from, reaches_from) end
            as changed_from
    from compared_with_earlier
)

select * from final
