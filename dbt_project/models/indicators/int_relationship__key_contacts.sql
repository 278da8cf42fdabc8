with dates as (
    {{ asked_dates('relationship') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

-- an inactive user whose row does not say since when: since the end of the last active version
user_versions as (
    select
        *,
        max(case when is_active is distinct from false then valid_until end) over (
            partition by user_id
            order by valid_from, valid_until nulls last
            rows unbounded preceding
        ) as inactive_since
    from users
),

known_contacts as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.created_on,
        contacts.contact_id,
        contacts.user_id,
        contacts.role,
        contacts.replaced_by,
        contacts.started_at,
        contacts.left_at
    from dates
    inner join contacts
        on
            dates.account_id = contacts.account_id
            and {{ is_known('contacts', 'dates.as_of_date') }}
    where contacts.started_at is null or cast(contacts.started_at as date) <= dates.as_of_date
),

-- inner joins first: an outer one with more than equalities is a nested loop on DuckDB
known_users as (
    select
        known_contacts.contact_id,
        known_contacts.as_of_date,
        users.is_active,
        users.deactivated_at
    from known_contacts
    inner join users
        on
            known_contacts.user_id = users.user_id
            and {{ is_known('users', 'known_contacts.as_of_date') }}
),

standing_users as (
    select
        known_contacts.contact_id,
        known_contacts.as_of_date,
        user_versions.is_active,
        user_versions.inactive_since,
        user_versions.created_at
    from known_contacts
    inner join user_versions
        on
            known_contacts.user_id = user_versions.user_id
            and {{ is_in_force('user_versions', 'known_contacts.as_of_date') }}
),

contacts_as_of as (
    select
        known_contacts.account_id,
        known_contacts.as_of_date,
        known_contacts.contact_id,
        known_contacts.role,
        known_contacts.replaced_by,
        cast(known_contacts.left_at as date) as left_on,
        -- the state flag beats the old date of the same row
        case
            when
                known_users.deactivated_at is not null
                and not coalesce(known_users.is_active, false)
                then cast(known_users.deactivated_at as date)
            when standing_users.is_active = false
                then coalesce(
                    case
                        when
                            cast(known_users.deactivated_at as date) <= known_contacts.as_of_date
                            then cast(known_users.deactivated_at as date)
                    end,
                    standing_users.inactive_since,
                    cast(known_contacts.started_at as date),
                    cast(standing_users.created_at as date),
                    known_contacts.created_on,
                    known_contacts.as_of_date
                )
        end as deactivated_on
    from known_contacts
    left join known_users
        on
            known_contacts.contact_id = known_users.contact_id
            and known_contacts.as_of_date = known_users.as_of_date
    left join standing_users
        on
            known_contacts.contact_id = standing_users.contact_id
            and known_contacts.as_of_date = standing_users.as_of_date
),

presence as (
    select
        account_id,
        as_of_date,
        contact_id,
        role,
        replaced_by,
        case
            when left_on <= as_of_date and deactivated_on <= as_of_date
                then least(left_on, deactivated_on)
            when left_on <= as_of_date then left_on
            when deactivated_on <= as_of_date then deactivated_on
        end as gone_on
    from contacts_as_of
),

there as (
    select * from presence
    where gone_on is null
),

roles_filled as (
    select distinct
        account_id,
        as_of_date,
        role
    from there
),

key_contacts as (
    select
        presence.account_id,
        presence.as_of_date,
        presence.contact_id,
        presence.role,
        presence.gone_on,
        presence.gone_on is not null
        and (replacements.contact_id is not null or roles_filled.role is not null)
            as has_successor
    from presence
    left join there as replacements
        on
            presence.account_id = replacements.account_id
            and presence.as_of_date = replacements.as_of_date
            and presence.replaced_by = replacements.contact_id
    left join roles_filled
        on
            presence.account_id = roles_filled.account_id
            and presence.as_of_date = roles_filled.as_of_date
            and presence.role = roles_filled.role
    where presence.role in ('sponsor', 'key_contact')
)

select * from key_contacts
