{{ staged_versions('invoices') }}
