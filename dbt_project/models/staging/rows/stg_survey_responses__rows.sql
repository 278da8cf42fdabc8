{{ judged_rows('survey_responses') }}
