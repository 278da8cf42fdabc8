-- Who may be named by the rows of other tables: every account that ever came with a sound row.
with accounts as (
    select * from {{ ref('stg_accounts__rows') }}
),

known_accounts as (
    select distinct account_id from accounts
    where fault_number = 0
)

select * from known_accounts
