{{ staged_rows('staff') }}
