"""Versions, the ledger, the log, exports, and what the end of a refresh tells."""
