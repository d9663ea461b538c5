"""What the desk of a demonstration has: canned answers and macros, and whoever waits for an answer."""

from django.db import connection

from tickets.answering.models.canned_answers import CannedAnswer
from tickets.record.statuses import Status

CANNED = (
    ("Teşekkür", "Bildirdiğiniz için teşekkür ederiz. İyi günler dileriz.", "", ""),
    ("Adres sorusu", "Sorunun yerini sokak ve kapı numarasıyla yazar mısınız?", "", ""),
    ("Fotoğraf sorusu", "Sorunun fotoğrafını gönderir misiniz? Ekibimiz yerini daha çabuk bulur.", "", ""),
    ("Çalışma saatleri", "Birimlerimiz hafta içi 08.30 ile 17.30 arasında çalışır.", "", ""),
    ("Ekip yolda", "Sayın {ad}, {numara} numaralı başvurunuz için ekibimiz yola çıktı.", "", ""),
    (
        "Süreç bilgisi",
        "Sayın {ad}, {numara} numaralı başvurunuz {birim} biriminde. Hedef gün: {gün}.",
        "",
        "",
    ),
    (
        "Özel mülk: karşılanamaz",
        "Bildirdiğiniz yer özel mülk olduğu için belediyemiz burada çalışma yapamıyor.",
        Status.REJECTED,
        "Yer özel mülk.",
    ),
    (
        "İptal: vatandaş vazgeçti",
        "İsteğiniz üzerine başvurunuzu kapattık.",
        Status.CANCELLED,
        "Vatandaş vazgeçti.",
    ),
)
# Whoever answered our question, or said that it is not solved, and has heard nothing since.
_WAITING = """
INSERT INTO tickets_handover (citizen_id, ticket_id, reason, since, last_at, last_words, "end", note)
SELECT DISTINCT ON (ticket.citizen_id) ticket.citizen_id, ticket.id,
    CASE event.from_status WHEN %(asked)s THEN 'answered' ELSE 'unsolved' END, event.at, event.at,
    coalesce((
        SELECT said.data ->> 'text' FROM tickets_ticketevent said
        WHERE said.ticket_id = ticket.id AND said.kind = 'described' AND said.at = event.at LIMIT 1
    ), 'Çözülmedi, kimse gelmedi'), '', ''
FROM tickets_ticket ticket JOIN tickets_ticketevent event
    ON event.ticket_id = ticket.id AND event.kind = 'moved' AND event.actor_kind = 'citizen'
WHERE ticket.id BETWEEN %(first)s AND %(last)s AND ticket.outcome IS NULL AND ticket.waits_since = event.at
    AND ticket.citizen_id IS NOT NULL
ORDER BY ticket.citizen_id, event.at
ON CONFLICT DO NOTHING
"""


def furnish(first: int, last: int) -> None:
    """Adds the canned answers that are missing, and lists whoever waits of the tickets with these keys."""
    for title, text, move_to, reason in CANNED:
        facts = {"text": text, "move_to": move_to, "reason": reason}
        CannedAnswer.objects.get_or_create(title=title, defaults=facts)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"asked": Status.WAITING, "first": first, "last": last})
