"""How long the conversation waits and remembers, and how much it answers. The settling time itself and how long a draft
is kept are settings (WHATSAPP_SETTLE_SECONDS, WHATSAPP_DRAFT_TIMEOUT)."""

from datetime import timedelta

# A citizen may go on for this long before the line answers anyway, however fast the pieces follow.
SETTLE_AT_MOST = timedelta(seconds=45)
# What comes within this time of a confirmation belongs to the report that was confirmed.
FOLLOW_UP = timedelta(minutes=30)
# What is said so long after an outcome may still be of it.
AFTER_OUTCOME = timedelta(days=3)
# How long the line remembers what it asked for.
REMEMBERED = timedelta(minutes=30)
# What may be danger is opened by then though it is not whole, so that a person reads it within five minutes.
DOUBTFUL_DRAFT = timedelta(minutes=3)
# Files of an album are found lost one after the other: this long after the last of them all are told of at once.
LOST_FILES = timedelta(seconds=10)
# How long a file without a word is taken for the one that could not be opened.
SENT_AGAIN = timedelta(hours=24)
# More answers at once than this in a minute are no talk: what follows is gathered and answered once.
ANSWERS_A_MINUTE = 6
# Whoever writes faster than anybody reads is answered again after this.
FLOOD_PAUSE = timedelta(seconds=45)
# How long the line leaves a talk to staff after the citizen asked for a person, or after staff wrote by hand.
LEFT_TO_STAFF = timedelta(hours=4)
