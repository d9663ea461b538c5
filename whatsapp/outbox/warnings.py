"""Whether what was said to people in danger reached them; whoever has the danger is told where it did not.

Given up, or unsent for half a minute: then a person has to telephone or call 112 (docs/danger.md).
"""

from datetime import datetime, timedelta

from django.db import connection

from departments.common.row_by_row import each_row
from departments.models import RowWork
from tickets.danger.ringing import warning_delivered, warning_undelivered
from tickets.models import Ticket

UNSENT_FOR = timedelta(seconds=30)
LOOKED_AT = timedelta(hours=24)  # an older one is of no use to anybody

_UNDELIVERED = """
SELECT DISTINCT ticket.id
FROM whatsapp_outbox warning
JOIN whatsapp_conversation talk ON talk.id = warning.conversation_id
JOIN tickets_ticket ticket ON ticket.id = (talk.state -> 'danger' ->> 'ticket')::bigint
WHERE warning.urgent AND warning.event_id IS NULL AND warning.created_at BETWEEN %s AND %s
AND ticket.created_at <= warning.created_at AND ticket.unwarned_at IS NULL AND ticket.outcome IS NULL
AND (warning.state = 'failed' OR warning.state IN ('queued', 'sending') AND warning.created_at <= %s)
"""
# The last that was said counts: it says all that is to be done.
_DELIVERED = """
SELECT ticket.id
FROM tickets_ticket ticket
JOIN whatsapp_conversation talk ON talk.citizen_id = ticket.citizen_id
CROSS JOIN LATERAL (
    SELECT state FROM whatsapp_outbox warning
    WHERE warning.conversation_id = talk.id AND warning.urgent AND warning.created_at >= ticket.created_at
    ORDER BY id DESC LIMIT 1
) AS last
WHERE ticket.unwarned_at IS NOT NULL AND ticket.outcome IS NULL AND last.state IN ('sent', 'delivered', 'read')
"""


def watch(now: datetime) -> None:
    """Raises the alarm for each danger whose citizen was not reached, and ends it once they were."""
    told = dict.fromkeys(_keys(_UNDELIVERED, now - LOOKED_AT, now, now - UNSENT_FOR), warning_undelivered)
    told |= dict.fromkeys(_keys(_DELIVERED), warning_delivered)
    each_row(RowWork.WARNINGS, told, lambda key: told[key](ticket=Ticket(pk=key), now=now), now=now)


def _keys(statement: str, *values: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [pk for (pk,) in cursor.fetchall()]
