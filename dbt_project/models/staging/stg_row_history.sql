-- What became of every landed row that is not simply accepted, and for how long it stood, from all
-- loads of its key. Of a key that this build judges, all rows are judged again.
with build as (
    select * from {{ source('config', 'build') }}
),

exceptional_rows as (
    select * from {{ ref('stg_exceptional_rows') }}
    where built_in = (select build_number from build)
),

-- within one load the newest update wins, else a deletion, else the greatest content: the order
-- never matters
ranked as (
    select
        *,
        row_number() over (
            partition by table_name, row_key, load_number
            order by
                fault_number = 0 desc,
                updated_at desc nulls last,
                is_tombstone desc,
                content_hash desc,
                arrived_at,
                own_arrived_at nulls last,
                file_name,
                line_number
        ) as rank_in_load
    from exceptional_rows
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
            partition by table_name, row_key, load_number order by rank_in_load
        ) as winning_hash,
        max(case when fault_number = 0 then load_number end) over (
            partition by table_name, row_key
        ) as last_sound_load_number
    from ranked
    window earlier as (
        partition by table_name, row_key
        order by load_number, rank_in_load desc
        rows between unbounded preceding and 1 preceding
    )
),

presence as (
    select
        table_name,
        row_key,
        load_number,
        max(snapshot_number) as snapshot_number,
        max(next_loaded_at) as next_loaded_at
    from weighed
    group by table_name, row_key, load_number
),

-- a key that the next state lacks was deleted then; append tables have no next state
absences as (
    select
        table_name,
        row_key,
        load_number,
        case
            when coalesce(lead(snapshot_number) over by_key, -1) <> snapshot_number + 1
                then next_loaded_at
        end as absent_from
    from presence
    window by_key as (partition by table_name, row_key order by load_number)
),

-- the first deletion after each load, also where a row that does not count was the last one present
presence_ends as (
    select
        table_name,
        row_key,
        load_number,
        min(absent_from) over (
            partition by table_name, row_key
            order by load_number
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
            weighed.table_name = presence_ends.table_name
            and weighed.row_key = presence_ends.row_key
            and weighed.load_number = presence_ends.load_number
    where weighed.is_effective
    window by_key as (
        partition by weighed.table_name, weighed.row_key order by weighed.load_number
    )
),

version_starts as (
    select
        *,
        lead(deleted_at) over by_key as following_deleted_at,
        row_number() over by_key as version_number
    from compared
    where
        previous_hash is distinct from content_hash
        or previous_deleted_at is distinct from deleted_at
    window by_key as (partition by table_name, row_key order by load_number)
),

-- the newest version stands from its arrival, whatever arrived later than that before it
versions as (
    select
        table_name,
        row_key,
        load_number,
        file_name,
        line_number,
        version_number,
        case when following_deleted_at is distinct from deleted_at then deleted_at end
            as deleted_at,
        min(arrived_at) over (
            partition by table_name, row_key
            order by version_number
            rows between 1 following and unbounded following
        ) as next_arrived_at
    from version_starts
),

became as (
    select
        weighed.*,
        versions.version_number is not null and not weighed.is_tombstone as is_version,
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
        end as disposition
    from weighed
    left join versions
        on
            weighed.table_name = versions.table_name
            and weighed.row_key = versions.row_key
            and weighed.load_number = versions.load_number
            and weighed.file_name = versions.file_name
            and weighed.line_number = versions.line_number
),

timed as (
    select
        table_name,
        load_number,
        file_name,
        line_number,
        row_key,
        disposition,
        is_version,
        is_first_version,
        {{ known_from_of('own_arrived_at is null', 'load_number', 'arrived_at') }} as known_from,
        {{ add_days('cast(ended_at as date)', '-' ~ arrival_days()) }} as known_until,
        case when is_first_version then date '1900-01-01' else cast(arrived_at as date) end
            as valid_from,
        cast(ended_at as date) as valid_until,
        {{ arrived_late('became') }} as is_late,
        has_other,
        event_on,
        reaches_from,
        built_in
    from became
),

-- the first as-of date that this build's judgement may change. What had no history before was the
-- only row of its key, and stood
compared_with_earlier as (
    select
        timed.*,
        {% if is_incremental() -%}
        case
            when not timed.is_version and not {{ was_version('timed', 'earlier') }} then null
            when
                timed.is_version <> {{ was_version('timed', 'earlier') }}
                or timed.valid_from <> coalesce(earlier.valid_from, date '1900-01-01')
                then timed.known_from
            when timed.known_until is distinct from earlier.known_until
                then least(
                    coalesce(timed.known_until, earlier.known_until),
                    coalesce(earlier.known_until, timed.known_until)
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
