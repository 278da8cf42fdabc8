"""Who is told when a refresh fails, and when it works again: events, messages, channels, outbox.

`tell.tell` is all that the rest of the project calls. It never raises and never changes how a
refresh ends.
"""
