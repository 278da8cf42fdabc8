{{ judged_rows('csm_assessments') }}
