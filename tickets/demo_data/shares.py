"""How often what happens among the generated tickets; shares of one, or weights."""

from tickets.record.models.ticket_choices import Source

CHANNELS = {Source.WHATSAPP: 86, Source.TELEFON: 8, Source.YUZ_YUZE: 3, Source.CIMER: 3}
RETURNING = 0.35  # of requests from somebody who has written before
PHOTOS = 0.55  # of requests with a photo, of those about a place
# The router is unsure of, and they are sent to their department by somebody of the call centre.
UNCLEAR = 0.06
RIGHT, RIGHT_UNSURE = 0.9, 0.5  # of right suggestions of the router, when sure and when unsure
BY_ADDRESS = 0.3  # of places that are written, not sent as a point
BY_PIN = 0.9  # of points that were shared, not read from a photo
NOTED = 0.15  # of transitions with a note of colleagues before them
RATED = 0.45  # of what was resolved
COMMENTED = 0.3  # of ratings with words
WITH_PHONE = 0.85  # of citizens whose number is known
# Of messages by weekday, Monday first.
BY_WEEKDAY = (2, 2, 2, 2, 2, 1, 1)
# Of categories; 2 for all others.
OFTEN = {
    "yol_cukur": 9,
    "cop_toplama": 8,
    "basibos_kopek": 6,
    "kaldirim": 5,
    "park_oyun": 4,
    "moloz": 4,
    "isgal": 4,
}
# Of messages by hour of the day.
BY_HOUR = (1, 1, 0, 0, 0, 1, 2, 5, 9, 11, 11, 10, 9, 9, 9, 9, 8, 8, 8, 8, 7, 6, 4, 2)
