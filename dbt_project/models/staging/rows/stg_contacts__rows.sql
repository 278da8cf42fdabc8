{{ staged_rows('contacts') }}
