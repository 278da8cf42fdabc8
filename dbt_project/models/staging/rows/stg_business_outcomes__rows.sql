{{ staged_rows('business_outcomes') }}
