{{ staged_versions('interactions') }}
