{{ judged_rows('onboarding_milestones') }}
