{{ judged_rows('business_outcomes') }}
