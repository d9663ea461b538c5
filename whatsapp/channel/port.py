"""WhatsApp as the channel that tickets know (tickets/record/channel.py)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from typing_extensions import override

from tickets.models import Attachment, Citizen, Ticket, TicketEvent
from tickets.record.channel import Channel, ChannelMessage, NumberHealth, NumberStatistics, Preview, Talk
from tickets.record.personal_data_store import DataStore
from tickets.record.statuses import Status
from tickets.record.undo_window import undo_until
from whatsapp import wakeup
from whatsapp.channel import thread
from whatsapp.conversation import commands
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.handover import begin_and_end
from whatsapp.line_status import health, statistics
from whatsapp.outbox import announce, enqueue
from whatsapp.outbox.enqueue import WINDOW
from whatsapp.privacy.data_store import WhatsAppDataStore
from whatsapp.texts import catalog, template_parameters
from whatsapp.turns import adding, allowance, opening


class WhatsApp(Channel):
    @override
    def data_store(self) -> DataStore:
        return WhatsAppDataStore()

    @override
    def wake(self) -> None:
        wakeup.wake(wakeup.OUTBOX)

    @override
    def messages(self, ticket: Ticket, /, *, loose: bool = False) -> list[ChannelMessage]:
        return thread.messages(ticket, loose=loose)

    @override
    def conversation(
        self, citizen: Citizen, tickets: QuerySet[Ticket], /, *, loose: bool = True
    ) -> list[ChannelMessage]:
        row = Conversation.objects.filter(citizen=citizen).first()
        return thread.conversation(row, tickets, loose=loose) if row else []

    @override
    def report_in(self, text: str, /) -> str:
        return commands.without_asking_for_person(text)

    @override
    def write(
        self,
        citizen: Citizen,
        text: str,
        ticket: Ticket | None,
        now: datetime,
        /,
        file: Attachment | None = None,
    ) -> bool:
        row = Conversation.objects.filter(citizen=citizen).first()
        if row is None:
            return False
        words = announce.written(text, file)
        enqueue.enqueue_message(
            conversation=row, words=words, now=now, ticket=ticket, photo=file, by_hand=True
        )
        return True

    @override
    def attribute(self, citizen: Citizen, ticket: Ticket, since: datetime, now: datetime, /) -> None:
        for row in Conversation.objects.filter(citizen=citizen):
            adding.attribute(row, ticket, since, now)

    @override
    def confirm(self, ticket: Ticket, now: datetime, /) -> None:
        for row in Conversation.objects.filter(citizen=ticket.citizen_id):
            opening.confirm(row, ticket, now)

    @override
    def windows(self, citizens: Collection[int], /) -> Mapping[int, datetime]:
        rows = Conversation.objects.filter(citizen__in=citizens, last_inbound_at__isnull=False)
        return {
            citizen: last + WINDOW for citizen, last in rows.values_list("citizen", "last_inbound_at") if last
        }

    @override
    def speakers(self, languages: Collection[str], /) -> QuerySet[Any]:
        """Whose language is not known yet hears Turkish."""
        codes = {*languages, ""} if "tr" in languages else languages
        return Conversation.objects.filter(language__in=codes).values("citizen")

    @override
    def talk(self, citizen: Citizen, /) -> Talk | None:
        row = Conversation.objects.filter(citizen=citizen).first()
        if row is None:
            return None
        open_until = row.last_inbound_at + WINDOW if row.last_inbound_at else None
        behind = allowance.is_behind(row.spent_until, timezone.now())
        language = row.language or "tr"
        return Talk(open_until, row.silent_until, row.blocked, row.last_inbound_at, language, behind)

    @override
    def lock(self, citizens: Collection[int], /) -> None:
        begin_and_end.lock(Conversation.objects.filter(citizen__in=citizens))

    @override
    def lock_loose(self, citizen: Citizen, since: datetime, /) -> None:
        for row in Conversation.objects.filter(citizen=citizen):
            adding.lock_loose(row, since)

    @override
    def preview(self, news: TicketEvent, now: datetime, /) -> Preview:
        row = Conversation.objects.filter(citizen=news.ticket.citizen_id).first()
        words = announce.announcement_of(news, row) if row else None
        if row is None or words is None:
            return Preview("", as_template=False)
        if enqueue.is_open(row, now) or words.template is None:
            return Preview(words.read, as_template=False)
        return Preview(template_parameters.read(words.template), as_template=True)

    @override
    def transitions_with_words(self, ticket: Ticket, /) -> Collection[str]:
        row = Conversation.objects.filter(citizen=ticket.citizen_id).first()
        return announce.transitions_with_words(ticket, row or Conversation())

    @override
    def announced_transitions(self, ticket: Ticket, /) -> Collection[str]:
        row = Conversation.objects.filter(citizen=ticket.citizen_id).first()
        return announce.announced_transitions(ticket, row) if row else ()

    @override
    def status_name(self, status: Status, language: str, /) -> str:
        return catalog.of(language).statuses[status]

    @override
    def take_over(self, citizen: Citizen, now: datetime, /) -> None:
        for row in Conversation.objects.filter(citizen=citizen):
            begin_and_end.staff_wrote(row, now)

    @override
    def hand_back(self, citizen: Citizen, now: datetime, /) -> None:
        begin_and_end.hand_back(Conversation.objects.filter(citizen=citizen), now, undo_until() or now)
        wakeup.wake(wakeup.INBOX)

    @override
    def block(self, citizen: Citizen, /) -> bool:
        rows = Conversation.objects.filter(citizen=citizen)
        begin_and_end.block(rows)
        return rows.exists()

    @override
    def unblock(self, citizen: Citizen, now: datetime, /) -> bool:
        freed = begin_and_end.unblock(Conversation.objects.filter(citizen=citizen), undo_until() or now)
        wakeup.wake(wakeup.INBOX)
        return bool(freed)

    @override
    def health(self, now: datetime, /) -> NumberHealth:
        return health.health(now)

    @override
    def statistics(self, start: datetime, end: datetime, /) -> NumberStatistics:
        return statistics.between(start, end)
