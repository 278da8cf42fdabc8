-- The dates of single accounts that are measured anew before those of all accounts: from the first one
-- on that the account's own rows may change.
with changed_accounts as (
    select
        account_id,
        min({{ partition_start('changed_from') }}) as changed_from
    from {{ ref('stg_changed_accounts') }}
    where account_id is not null
    group by account_id
),

build_bounds as (
    select * from {{ ref('int_accounts__build_bounds') }}
),

as_of_dates as (
    select as_of_date from {{ ref('int_accounts__as_of_dates') }}
),

changed_dates as (
    select
        changed_accounts.account_id,
        as_of_dates.as_of_date
    from as_of_dates
    inner join build_bounds
        on
            as_of_dates.as_of_date >= build_bounds.build_from
            and as_of_dates.as_of_date < build_bounds.all_accounts_from
    inner join changed_accounts on as_of_dates.as_of_date >= changed_accounts.changed_from
)

select * from changed_dates
