{{ judged_rows('users') }}
