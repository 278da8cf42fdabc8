{{ staged_rows('csm_assessments') }}
