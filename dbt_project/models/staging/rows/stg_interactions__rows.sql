{{ staged_rows('interactions') }}
