{{ judged_rows('cta_actions') }}
