"""What a refresh costs: measured on demand, never a gate of a change."""
