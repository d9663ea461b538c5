"""How soon a danger is to be claimed, when it rings again meanwhile, and when others are rung, too."""

from datetime import timedelta

# While nobody has.
AGAIN_AFTER = timedelta(minutes=5)
PRESSING_AGAIN_AFTER = timedelta(minutes=2)
BUNDLED = timedelta(minutes=1)  # what a citizen adds rings once in that time
REACHED_WITHIN = timedelta(minutes=5)  # whoever is rung; else the supervisors are, too
SUPERVISORS_AFTER = timedelta(minutes=10)
ADMINISTRATORS_AFTER = timedelta(minutes=20)
