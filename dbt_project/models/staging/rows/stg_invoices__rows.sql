{{ judged_rows('invoices') }}
