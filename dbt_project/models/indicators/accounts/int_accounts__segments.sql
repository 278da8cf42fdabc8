-- The first segment rule that matches; the rows of one rule are joined by `and`.
{% set text_fields = [
    'customer_type', 'industry', 'region', 'plan', 'parent_account_id', 'currency',
] %}
{% set number_fields = ['employee_count', 'yearly_value_amount', 'seats', 'units'] %}
with accounts_as_of as (
    select * from {{ ref('int_accounts__as_of') }}
),

conditions as (
    select
        *,
        cast(
            case when operator in ('>=', '>', '<=', '<') then value end as decimal(24, 6)
        ) as number_value
    from {{ ref('segment_rules') }}
),

facts as (
    select
        accounts_as_of.account_id,
        accounts_as_of.as_of_date,
        conditions.rule_order,
        conditions.segment_id,
        conditions.operator,
        conditions.value,
        conditions.number_value,
        case conditions.field
            {%- for field in text_fields + ['is_key_account'] %}
            when '{{ field }}' then cast(accounts_as_of.{{ field }} as varchar)
            {%- endfor %}
            -- numbers are compared as rules spell them: 20000 for 20000.0000
            {%- for field in number_fields %}
            when '{{ field }}'
                then trim(trailing '.' from trim(
                    trailing '0' from cast(
                        cast(accounts_as_of.{{ field }} as decimal(18, 4)) as varchar
                    )
                ))
            {%- endfor %}
        end as text_fact,
        case conditions.field
            {%- for field in number_fields %}
            when '{{ field }}' then cast(accounts_as_of.{{ field }} as decimal(24, 6))
            {%- endfor %}
        end as number_fact
    from accounts_as_of
    cross join conditions
),

matched_rules as (
    select
        account_id,
        as_of_date,
        rule_order,
        min(segment_id) as segment_id
    from facts
    group by account_id, as_of_date, rule_order
    having bool_and(coalesce(
        case operator
            when 'always' then true
            when '=' then text_fact = value
            when '!=' then text_fact <> value
            when 'in' then position('|' || text_fact || '|' in '|' || value || '|') > 0
            when 'is_true' then text_fact = 'true'
            when 'is_null' then text_fact is null
            when 'not_null' then text_fact is not null
            when '>=' then number_fact >= number_value
            when '>' then number_fact > number_value
            when '<=' then number_fact <= number_value
            when '<' then number_fact < number_value
        end, false
    ))
),

first_matches as (
    select
        account_id,
        as_of_date,
        min(rule_order) as rule_order
    from matched_rules
    group by account_id, as_of_date
),

segments as (
    select
        first_matches.account_id,
        first_matches.as_of_date,
        matched_rules.segment_id
    from first_matches
    inner join matched_rules
        on
            first_matches.account_id = matched_rules.account_id
            and first_matches.as_of_date = matched_rules.as_of_date
            and first_matches.rule_order = matched_rules.rule_order
)

select * from segments
