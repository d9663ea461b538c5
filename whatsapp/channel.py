"""WhatsApp as the channel that tickets know (tickets/ports.py)."""

from datetime import datetime

from typing_extensions import override

from tickets.models import Citizen, Ticket
from tickets.ports import Channel, ChannelMessage
from whatsapp import tasks
from whatsapp.models import Conversation, Message, Outbox
from whatsapp.outbox import WINDOW


class WhatsApp(Channel):
    @override
    def ring(self) -> None:
        tasks.ring(tasks.OUTBOX)

    @override
    def messages(self, ticket: Ticket) -> list[ChannelMessage]:
        heard = Message.objects.filter(ticket=ticket)
        said = Outbox.objects.filter(ticket=ticket)
        talk = [ChannelMessage(m.sent_at, "in", m.text, m.kind) for m in heard]
        talk += [
            ChannelMessage(
                at=row.sent_at or row.created_at,
                direction="staff" if row.origin == Outbox.Origin.PHONE else "out",
                text=row.text,
                kind="template" if row.as_template else row.payload.get("type", "text"),
                status=row.state,
            )
            for row in said
        ]
        return sorted(talk, key=lambda message: message.at)

    @override
    def window(self, citizen: Citizen) -> datetime | None:
        talk = Conversation.objects.filter(citizen=citizen).first()
        return talk.last_inbound_at + WINDOW if talk and talk.last_inbound_at else None
