"""How long the line leaves a talk to staff."""

from datetime import timedelta

# After the citizen asked for a person, or after staff wrote by hand.
LEFT_TO_STAFF = timedelta(hours=4)
