"""How long a link with which somebody chooses a password works: an invitation's, and one for a forgotten password.

Settings read it (PASSWORD_RESET_TIMEOUT), so it imports nothing of the project.
"""

from datetime import timedelta

LINK_WORKS_FOR = timedelta(hours=24)
