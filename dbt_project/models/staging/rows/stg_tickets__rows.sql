{{ staged_rows('tickets') }}
