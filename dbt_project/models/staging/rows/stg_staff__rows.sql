{{ judged_rows('staff') }}
