{{ staged_rows('cta_actions') }}
