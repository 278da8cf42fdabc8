{# The formulas of the method, each once. Scores are 0-100, weights sum to 100. #}

{# A value held within what every engine's decimals take: no bound of a tier lies beyond it. #}
{% macro bounded(value) -%}
    case
        when {{ value }} > 1e15 then 1e15
        when {{ value }} < -1e15 then -1e15
        else {{ value }}
    end
{%- endmacro %}

{# A value as it is compared with bounds and thresholds: nine places, so that the last bits of a
   computed 0.3 do not decide; never too large for the type. #}
{% macro comparable(value) -%}
    cast({{ bounded(value) }} as decimal(28, 9))
{%- endmacro %}

{# linear: (value - worst) / (best - worst) x 100, clamped; worst may be above best. Multiplied
   before it is divided, so that 29 of 100 is 29. Null where there is no value: least() and
   greatest() would skip it. #}
{% macro linear_score(value, worst, best) -%}
    case
        when {{ value }} is null or {{ worst }} is null or nullif({{ best }}, {{ worst }}) is null
            then null
        else greatest(0, least(100,
            ({{ to_double(bounded(value)) }} - {{ worst }}) * 100
            / nullif({{ best }} - {{ worst }}, 0)
        ))
    end
{%- endmacro %}

{# percentile: 100 x (lower + half of the equal) / (n - 1), self excluded from the equal; turned
   round where lower is better. #}
{% macro percentile_score(lower_count, equal_count, population, direction) -%}
    case
        when {{ direction }} = 'lower'
            then
                100
                - 100 * ({{ lower_count }} + 0.5 * {{ equal_count }})
                / nullif({{ population }} - 1, 0)
        else 100 * ({{ lower_count }} + 0.5 * {{ equal_count }}) / nullif({{ population }} - 1, 0)
    end
{%- endmacro %}

{# The least population that a percentile speaks for. #}
{% macro minimum_percentile_population() -%}20{%- endmacro %}

{# The score that stands for a missing indicator whose policy is `neutral`. #}
{% macro neutral_score() -%}50{%- endmacro %}

{# effective weight: 100 w / sum of the weights of the set. #}
{% macro effective_weight(weight, weight_sum) -%}
    100 * {{ weight }} / nullif({{ weight_sum }}, 0)
{%- endmacro %}

{# A value of any scale brought to 0-10. Multiplied before it is divided, so that 6.3 of 7 is 9. #}
{% macro points_of_ten(score, scale_max, scale_min='0') -%}
    (
        {{ to_double("(cast(" ~ score ~ " as decimal(24, 6)) - coalesce(" ~ scale_min ~ ", 0)) * 10") }}
        / nullif({{ to_double(
            "cast(" ~ scale_max ~ " as decimal(24, 6)) - coalesce(" ~ scale_min ~ ", 0)"
        ) }}, 0)
    )
{%- endmacro %}

{# The share of the account's own level; against a level of nothing, or of more returns than use,
   there is none. #}
{% macro share_of_baseline(value, baseline) -%}
    case when {{ baseline }} > 0 then {{ comparable(value ~ ' / ' ~ baseline) }} end
{%- endmacro %}

{# A tier holds the values from its lower bound, inclusive, to the next one's; a null is in none. No
   value lies beyond the bounds that stand for none: see `bounded`. Comparisons and nothing else, so
   that tiers can be joined by more than an equality. #}
{% macro is_in_tier(value, tier) -%}
    {{ value }} >= coalesce({{ tier }}.lower_bound, cast(-1e16 as decimal(28, 9)))
    and {{ value }} < coalesce({{ tier }}.upper_bound, cast(1e16 as decimal(28, 9)))
{%- endmacro %}

{# A band holds the scores from its lower bound, inclusive; the highest also holds 100. Comparisons and
   nothing else, as with tiers. #}
{% macro is_in_band(score, band) -%}
    round(cast({{ score }} as decimal(18, 12)), 6) >= {{ band }}.lower_bound
    and round(cast({{ score }} as decimal(18, 12)), 6)
    < case when {{ band }}.upper_bound = 100 then 101 else {{ band }}.upper_bound end
{%- endmacro %}

{# A score is at or above a cut-off of the quadrants, compared as it is with bands. #}
{% macro reaches(score, cutoff) -%}
    round(cast({{ score }} as decimal(18, 12)), 6) >= {{ cutoff }}
{%- endmacro %}

{# The cut-off of temperature and of the health axis, where the scorecard states none. #}
{% macro default_cutoff() -%}60{%- endmacro %}

{# A condition of a knock-out or rule on a measured value. #}
{% macro condition_holds(value, operator, threshold) -%}
    case {{ operator }}
        when '<' then {{ comparable(value) }} < {{ threshold }}
        when '<=' then {{ comparable(value) }} <= {{ threshold }}
        when '>' then {{ comparable(value) }} > {{ threshold }}
        when '>=' then {{ comparable(value) }} >= {{ threshold }}
        when '=' then {{ comparable(value) }} = {{ threshold }}
    end
{%- endmacro %}

{# A knock-out applies to an account on a date, given the value of its indicator. #}
{% macro knock_out_applies(value, knock_outs, days_to_renewal) -%}
    {{ condition_holds(value, knock_outs ~ '.operator', knock_outs ~ '.threshold') }}
    and (
        {{ knock_outs }}.max_days_to_renewal is null
        or coalesce({{ days_to_renewal }} <= {{ knock_outs }}.max_days_to_renewal, false)
    )
{%- endmacro %}

{# Order of bands and ratings from worst to best; null is no judgement. #}
{% macro severity_rank(judgement) -%}
    case {{ judgement }}
        when 'unhealthy' then 1
        when 'red' then 1
        when 'fair' then 2
        when 'yellow' then 2
        when 'healthy' then 3
        when 'green' then 3
    end
{%- endmacro %}

{# The score over a set of indicators, of those alone that meet the condition: sum of w x s / sum of
   w, rounded to 12 places. Weights with 6 places and scores with 12 are added as whole numbers: the
   order of rows does not show, indicators that are all 100 give 100, and a sum becomes a double at
   once (of a large number with places DuckDB takes thirty times as long). #}
{% macro weighted_mean(condition=none, weight='counted_weight', score='indicator_score') -%}
    {{ mean_of_sums(
        point_sum(condition, weight, score),
        "sum(" ~ weight ~ ")" ~ (" filter (where " ~ condition ~ ")" if condition else "")
    ) }}
{%- endmacro %}

{# Its two parts: the sum of w x s, in units of 10^-18, and what the sums make together. A weight may
   be an account's value, up to 10^16; a score is 100 at most. #}
{% macro point_sum(condition=none, weight='counted_weight', score='indicator_score') -%}
    sum(
        cast({{ to_double(weight) }} * 1000000 as decimal(23, 0))
        * cast({{ to_double(score) }} * 1000000000000 as decimal(15, 0))
    )
    {%- if condition %} filter (where {{ condition }}){% endif %}
{%- endmacro %}

{% macro mean_of_sums(points, weights) -%}
    {{ to_double(
        "cast(" ~ to_double(points) ~ " / " ~ to_double('1e18')
        ~ " / nullif(" ~ to_double(weights) ~ ", 0) as decimal(18, 12))"
    ) }}
{%- endmacro %}
