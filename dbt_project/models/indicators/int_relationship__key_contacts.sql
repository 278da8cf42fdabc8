with

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
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

contacts_as_of as (
    select
        dates.account_id,
        dates.as_of_date,
        contacts.contact_id,
        contacts.role,
        contacts.replaced_by,
        cast(contacts.left_at as date) as left_on,
        case
            when known_users.deactivated_at is not null
                then cast(known_users.deactivated_at as date)
            when standing_users.is_active = false
                then coalesce(
                    standing_users.inactive_since,
                    cast(contacts.started_at as date),
                    cast(standing_users.created_at as date),
                    dates.created_on,
                    dates.as_of_date
                )
        end as deactivated_on
    from dates
    inner join contacts
        on
            dates.account_id = contacts.account_id
            and {{ is_known('contacts', 'dates.as_of_date') }}
    left join users as known_users
        on
            contacts.user_id = known_users.user_id
            and {{ is_known('known_users', 'dates.as_of_date') }}
    left join user_versions as standing_users
        on
            contacts.user_id = standing_users.user_id
            and {{ is_in_force('standing_users', 'dates.as_of_date') }}
    where contacts.started_at is null or cast(contacts.started_at as date) <= dates.as_of_date
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
