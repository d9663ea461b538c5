"""How long personal data are kept where staff have set nothing else, in days; sign-ins, for which they set nothing."""

SIGN_INS = 365
RAW = 30
OUTBOX = 90
CHATTER = 90
MEDIA = 365
IDENTITY = 730
REQUESTS = 3 * 365  # the proof that they were answered
# The minimum: a ticket can be reopened for ten days, and Meta redelivers webhooks for seven.
LEAST, MOST = 14, 3650
