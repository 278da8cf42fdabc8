{{ judged_rows('contacts') }}
