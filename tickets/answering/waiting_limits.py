"""How long a person may wait for the call centre before it is late: the board, the wall and supervisors go by it."""

from datetime import timedelta

# Somebody who asked for a person is answered within it: beyond it the board and the wall say that it is late.
ANSWERED_WITHIN = timedelta(hours=1)
# Of working time, without an answer of anybody: supervisors hear of it.
ESCALATED_AFTER = timedelta(hours=1)
# After the moment for which a call was promised.
CALLED_WITHIN = timedelta(hours=1)
