"""Collectors of /metrics, by what they tell of: the line's rows, the desk, the machine and its helpers, requests."""
