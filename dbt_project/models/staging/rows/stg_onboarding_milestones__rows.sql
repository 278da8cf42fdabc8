{{ staged_rows('onboarding_milestones') }}
