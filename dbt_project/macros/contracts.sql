{# How a contract is read on a date: one that a snapshot lacks ended on that load's day. #}

{# The version of a contract that is known for the date, also after the contract is gone. #}
{% macro is_contract_known(alias, date) -%}
    {{ alias }}.known_from <= {{ date }}
    and ({{ alias }}.replaced_from is null or {{ date }} < {{ alias }}.replaced_from)
{%- endmacro %}

{# The version whose undated facts stood on the date, also after the contract is gone. #}
{% macro is_contract_in_force(alias, date) -%}
    {{ alias }}.valid_from <= {{ date }}
    and {{ alias }}.known_from <= {{ date }}
    and ({{ alias }}.replaced_on is null or {{ date }} < {{ alias }}.replaced_on)
{%- endmacro %}

{# The last day of a contract as known on the date, null for an open end. What was agreed is known from
   the start; a cancellation that lies ahead is not, nor that the contract will be gone. A cancellation
   of a contract that had ended does not bring it back. #}
{% macro contract_over_on(alias, date) -%}
    least(
        case when {{ alias }}.cancelled_on <= {{ date }} then {{ alias }}.cancelled_on end,
        {{ alias }}.ends_on,
        case when {{ alias }}.gone_on <= {{ date }} then {{ alias }}.gone_on end
    )
{%- endmacro %}

{# The later contract goes on where the earlier one ends: it begins before that end, or within a month
   after it, and outlasts it. What begins beside an open end is an addition. Both as known on a date. #}
{% macro is_renewal_of(later, earlier) -%}
    {{ later }}.subscription_id <> {{ earlier }}.subscription_id
    and {{ later }}.product is not distinct from {{ earlier }}.product
    and {{ later }}.started_on > {{ earlier }}.started_on
    and {{ later }}.started_on <= {{ add_days(earlier ~ '.over_on', 31) }}
    and coalesce({{ later }}.over_on > {{ earlier }}.over_on, true)
{%- endmacro %}
