{{ staged_versions('onboarding_milestones') }}
