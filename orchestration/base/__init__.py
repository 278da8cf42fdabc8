"""What knows nothing of health: settings, errors, files, locks, progress."""
