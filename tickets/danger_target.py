"""How soon a danger is to be claimed. When it rings again meanwhile: services/danger_ringing.py."""

from datetime import timedelta

# From the report until somebody has claimed it.
TARGET = timedelta(minutes=5)
