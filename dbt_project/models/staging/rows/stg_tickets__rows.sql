{{ judged_rows('tickets') }}
