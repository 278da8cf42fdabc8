"""The commands of `health`, one module each, and what they share. `cli.py` only registers them."""
