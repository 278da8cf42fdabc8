{{ staged_versions('survey_responses') }}
