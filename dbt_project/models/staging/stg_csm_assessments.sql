{{ staged_versions('csm_assessments') }}
