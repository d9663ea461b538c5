"""How long the conversation waits and remembers, and how much it answers; in danger, too."""

from datetime import timedelta

# What an installation that says nothing else waits for what else is written (WHATSAPP_SETTLE_SECONDS), and for an
# answer to what a report still needs, before it is opened without (WHATSAPP_DRAFT_TIMEOUT).
SETTLE_SECONDS = 6.0
DRAFT_TIMEOUT_SECONDS = 900.0

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
# Who asks once more within this, and nothing has moved, is heard by a person.
ANSWERED_AGAIN = timedelta(hours=24)
# What is said so long after a person's answer is said to them.
SERVED_FOR = timedelta(days=3)

# Danger (docs/danger.md): when what to do is said whole again, and how often in short.
WHOLE_AGAIN_AFTER = timedelta(minutes=10)
SHORT_EVERY = timedelta(minutes=2)
SHORT_EVERY_IN_DESPAIR = timedelta(minutes=5)
NEVER_TWICE_WITHIN = timedelta(minutes=2)
UNSURE_EVERY = timedelta(hours=24)
# A danger of which nothing more was told is over.
DANGER_OVER_AFTER = timedelta(hours=24)
# Once a person has claimed it, and nothing more is told of it, the ordinary talk goes on.
DANGER_OVER_AFTER_CLAIM = timedelta(hours=4)
# "Tehlike değil" of a person holds so long against the same kind; after that it may have flared up anew.
DENIED_FOR = timedelta(hours=1)
