-- What became of the rows of the keys that this build judges, from all loads of the key: which of them
-- was a version, until when it stood, and why the others are none.
with exceptional_rows as (
    select * from {{ ref('stg_exceptional_rows') }}
    where built_in = (select build_number from {{ source('config', 'build') }})
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
                arrived_at asc,
                own_arrived_at asc nulls last,
                file_name asc,
                line_number asc
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
        ) as last_sound_load_number,
        max(case when faults is null then load_number end) over (
            partition by table_name, row_key
        ) as last_whole_load_number
    from ranked
    window earlier as (
        partition by table_name, row_key
        order by load_number asc, rank_in_load desc
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
        case
            when (following_deleted_at is distinct from deleted_at) then deleted_at
        end as deleted_at,
        min(arrived_at) over (
            partition by table_name, row_key
            order by version_number
            rows between 1 following and unbounded following
        ) as next_arrived_at,
        min({{ restated_from('arrived_at', 'not_before') }}) over (
            partition by table_name, row_key
            order by version_number
            rows between 1 following and unbounded following
        ) as next_known_from
    from version_starts
),

became as (
    select
        weighed.*,
        versions.version_number is not null and not weighed.is_tombstone as is_version,
        coalesce(versions.version_number, 0) = 1 as is_first_version,
        versions.deleted_at as gone_at,
        versions.next_arrived_at as replaced_at,
        versions.next_known_from as replaced_from,
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

-- set aside, or of what stands a value that no later load has mended
final as (
    select
        *,
        disposition = 'quarantined'
        or (
            disposition in ('accepted', 'duplicate')
            and faults is not null
            and load_number >= coalesce(last_whole_load_number, load_number)
        ) as is_in_quarantine
    from became
)

select * from final
