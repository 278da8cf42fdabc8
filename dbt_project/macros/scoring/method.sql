{# The formulas of the method, each once. Scores are 0-100, weights sum to 100. #}

{# linear: (value - worst) / (best - worst) x 100, clamped; worst may be above best. #}
{% macro linear_score(value, worst, best) -%}
    greatest(0, least(100, ({{ value }} - {{ worst }}) / nullif({{ best }} - {{ worst }}, 0) * 100))
{%- endmacro %}

{# percentile: 100 x (lower + half of the equal) / (n - 1), self excluded from the equal; turned
   round where lower is better. #}
{% macro percentile_score(lower_count, equal_count, population, direction) -%}
    case
        when {{ direction }} = 'lower'
            then 100 - 100 * ({{ lower_count }} + 0.5 * {{ equal_count }}) / nullif({{ population }} - 1, 0)
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
        {{ to_double("(" ~ score ~ " - coalesce(" ~ scale_min ~ ", 0)) * 10") }}
        / nullif({{ to_double(scale_max ~ " - coalesce(" ~ scale_min ~ ", 0)") }}, 0)
    )
{%- endmacro %}

{# A tier holds the values from its lower bound, inclusive, to the next one's. #}
{% macro is_in_tier(value, tier) -%}
    ({{ tier }}.lower_bound is null or {{ value }} >= {{ tier }}.lower_bound)
    and ({{ tier }}.upper_bound is null or {{ value }} < {{ tier }}.upper_bound)
{%- endmacro %}

{# A band holds the scores from its lower bound, inclusive; the highest also holds 100. #}
{% macro is_in_band(score, band) -%}
    round(cast({{ score }} as decimal(28, 12)), 6) >= {{ band }}.lower_bound
    and (
        round(cast({{ score }} as decimal(28, 12)), 6) < {{ band }}.upper_bound
        or {{ band }}.upper_bound = 100
    )
{%- endmacro %}

{# A condition of a knock-out or rule on a measured value. #}
{% macro condition_holds(value, operator, threshold) -%}
    case {{ operator }}
        when '<' then {{ value }} < {{ threshold }}
        when '<=' then {{ value }} <= {{ threshold }}
        when '>' then {{ value }} > {{ threshold }}
        when '>=' then {{ value }} >= {{ threshold }}
        when '=' then {{ value }} = {{ threshold }}
    end
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

{# The score of one dimension or module over its own indicators: sum of w x s / sum of w. Columns
   `counted_weight` and `indicator_score`; a filter on `dimension` where one is named. #}
{% macro weighted_mean(dimension=none) -%}
    {{ to_double(
        "sum(cast(counted_weight * indicator_score as decimal(28, 12)))"
        ~ (" filter (where dimension = '" ~ dimension ~ "')" if dimension else "")
    ) }}
    / nullif({{ to_double(
        "sum(counted_weight)"
        ~ (" filter (where dimension = '" ~ dimension ~ "')" if dimension else "")
    ) }}, 0)
{%- endmacro %}
