"""The line behind the tickets, for staff to look into: what came, what left, what is stuck, and "try again"."""

import json
import re
from textwrap import shorten
from typing import Any

from django.contrib import admin, messages
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from typing_extensions import override

from departments.model_admin import ModelAdmin
from departments.spreadsheets.import_export import ImportExportAdmin
from departments.text import identity_numbers
from tickets import services
from tickets.admin.records import RecordAdmin
from tickets.models import Access, Handover
from tickets.permissions import actor_of, hidden_from, masked
from whatsapp import wakeup
from whatsapp.admin.faq_files import FaqResource
from whatsapp.handover import begin_and_end as handover
from whatsapp.models import (
    AnnouncementFailure,
    ChannelState,
    Conversation,
    FaqEntry,
    Identity,
    InboundDelivery,
    Media,
    Message,
    NoticeVersion,
    Outbox,
    StatusUpdate,
    TicketlessMessage,
    UnhandledUpdate,
)
from whatsapp.number import pace
from whatsapp.turns import ticket_effects

# A telephone number where Meta's bodies name people by it.
_NUMBER = re.compile(r'("(?:from|to|wa_id|recipient_id|phone)"\s*:\s*")\+?(\d{8,15})"')


def raw(text: str) -> str:
    """A body as it came, but for people's telephone numbers, which are opened on a ticket that keeps who looked, and
    for T.C. identity numbers.
    """
    text = identity_numbers.masked(text)
    shown = _NUMBER.sub(lambda found: f'{found[1]}{masked(f"+{found[2]}")}"', text)
    return format_html('<span class="raw">{}</span>', shown)


def name_shown(name: str) -> str:
    """A name under which WhatsApp knows somebody, masked where it is a telephone number."""
    return masked(f"+{name}") if name.isdigit() else name


class LineAdmin(RecordAdmin):
    """A page to read; whoever may do everything may have things tried again.

    By `of_citizen`, the path from a row to its citizen, the rows of those who have a restricted ticket are shown to
    whoever may see that ticket.
    """

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        hidden = hidden_from(request.user).filter(citizen__isnull=False)
        return rows.exclude(self.rows_of(hidden.values("citizen"))) if hidden.exists() else rows

    def rows_of(self, citizens: QuerySet[Any]) -> Q:
        """The rows of these citizens; none where a row has no citizen."""
        return Q(**{f"{self.of_citizen}__in": citizens}) if self.of_citizen else Q(pk__in=())

    @admin.display(description="ham mesaj")
    def shown_payload(self, row: Any) -> str:
        return raw(json.dumps(row.payload, ensure_ascii=False))

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return actor_of(request.user).sees_everything


@admin.register(InboundDelivery)
class InboundDeliveryAdmin(LineAdmin):
    list_display = ("id", "received_at", "state", "updates", "created", "duplicates", "attempts", "error")
    list_filter = ("state", "received_at")
    exclude = ("body", "names")
    readonly_fields = ("shown_names", "shown_body")
    actions = ("try_again",)
    ordering = ("-id",)
    opens = Access.What.RAW

    @override
    def citizens_of(self, row: InboundDelivery) -> Any:
        theirs = Message.objects.filter(delivery=row.pk, conversation__isnull=False)
        return ArraySubquery(theirs.values("conversation__citizen").distinct())

    @override
    def rows_of(self, citizens: QuerySet[Any]) -> Q:
        theirs = Message.objects.filter(conversation__citizen__in=citizens, delivery__isnull=False)
        return Q(pk__in=theirs.values("delivery"))

    @admin.display(description="adlar")
    def shown_names(self, delivery: InboundDelivery) -> str:
        return ", ".join(map(name_shown, delivery.names))

    @admin.display(description="gövde")
    def shown_body(self, delivery: InboundDelivery) -> str:
        return raw(bytes(delivery.body).decode(errors="replace"))

    @admin.action(description="Yeniden dene", permissions=["retry"])
    def try_again(self, request: HttpRequest, rows: QuerySet[InboundDelivery]) -> None:
        count = rows.filter(state=InboundDelivery.State.PARKED).update(
            state=InboundDelivery.State.NEW, attempts=0, error="", next_attempt_at=None
        )
        _wake_and_tell(self, request, count, wakeup.INBOX)


@admin.register(Message)
class MessageAdmin(LineAdmin):
    of_ticket = "ticket__number"
    opens = Access.What.RAW
    of_citizen = "conversation__citizen"
    list_display = ("id", "sent_at", "kind", "state", "outcome", "ticket", "error")
    list_filter = ("state", "kind", "sent_at")
    list_select_related = ("ticket",)
    search_fields = ("=wamid", "=ticket__number")
    exclude = ("payload",)
    readonly_fields = ("shown_payload",)
    actions = ("try_again",)
    ordering = ("-id",)

    @admin.action(description="Yeniden dene", permissions=["retry"])
    def try_again(self, request: HttpRequest, rows: QuerySet[Message]) -> None:
        parked = rows.filter(state=Message.State.PARKED, conversation__isnull=False)
        with transaction.atomic():
            handover.forget_failures(Conversation.objects.filter(pk__in=parked.values("conversation")))
            count = parked.update(state=Message.State.NEW, error="")
        _wake_and_tell(self, request, count, wakeup.INBOX)


@admin.register(TicketlessMessage)
class TicketlessMessageAdmin(LineAdmin):
    """Whether what became no ticket should have been one: a sample a day, and whoever should not be left is put on the
    list of those who wait.
    """

    of_citizen = "conversation__citizen"
    list_display = ("sent_at", "kind", "shown_text", "outcome")
    list_filter = ("outcome", "kind", "sent_at")
    search_fields = ("text",)
    fields = readonly_fields = ("sent_at", "kind", "text", "outcome")
    actions = ("let_staff_look",)
    ordering = ("-id",)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        worked_off = rows.filter(ticket=None, state=Message.State.HANDLED, conversation__isnull=False)
        return worked_off.exclude(kind__in=("reaction", "system", "request_welcome"))

    @admin.display(description="yazdığı")
    def shown_text(self, message: Message) -> str:
        return shorten(message.text, 160, placeholder="…") or "(yazısız)"

    @admin.action(description="Bekleyenlere ekle", permissions=["retry"])
    def let_staff_look(self, request: HttpRequest, rows: QuerySet[TicketlessMessage]) -> None:
        count = 0
        with transaction.atomic():
            handover.lock(Conversation.objects.filter(pk__in=rows.values("conversation")))
            for row in rows.select_related("conversation__citizen"):
                if row.conversation:
                    citizen, reason = row.conversation.citizen, Handover.Reason.UNREAD
                    services.await_staff(citizen=citizen, reason=reason, now=row.sent_at, words=row.text)
                    count += 1
        self.message_user(request, f"{count} görüşme bekleyenlere eklendi.", messages.SUCCESS)


@admin.register(Outbox)
class OutboxAdmin(LineAdmin):
    of_ticket = "ticket__number"
    opens = Access.What.RAW
    of_citizen = "conversation__citizen"
    list_display = (
        "id",
        "created_at",
        "ticket",
        "state",
        "urgent",
        "as_template",
        "possibly_double",
        "attempts",
        "error",
    )
    list_filter = ("state", "urgent", "possibly_double", "as_template", "created_at")
    list_select_related = ("ticket",)
    search_fields = ("=wamid", "=ticket__number")
    actions = ("try_again",)
    ordering = ("-id",)

    @admin.action(description="Yeniden gönder", permissions=["retry"])
    def try_again(self, request: HttpRequest, rows: QuerySet[Outbox]) -> None:
        # What was emptied when its time was over has nothing left to say.
        failed = rows.filter(state=Outbox.State.FAILED).exclude(payload={})
        fresh = {"state": Outbox.State.QUEUED, "not_before": timezone.now(), "attempts": 0, "wamid": None}
        _wake_and_tell(self, request, failed.update(**fresh, error="", error_code=None), wakeup.OUTBOX)


@admin.register(AnnouncementFailure)
class AnnouncementFailureAdmin(LineAdmin):
    """Events that a citizen could not be told of; one without a next attempt waits for whoever mends it."""

    of_citizen, of_ticket = "event__ticket__citizen", "event__ticket__number"
    list_display = ("id", "ticket", "event", "attempts", "next_attempt_at", "error")
    list_filter = (("next_attempt_at", admin.EmptyFieldListFilter),)
    list_select_related = ("event__ticket",)
    search_fields = ("=event__ticket__number",)
    actions = ("try_again",)
    ordering = ("-id",)

    @admin.display(description="başvuru")
    def ticket(self, failure: AnnouncementFailure) -> str:
        return failure.event.ticket.number

    @admin.action(description="Yeniden dene", permissions=["retry"])
    def try_again(self, request: HttpRequest, rows: QuerySet[AnnouncementFailure]) -> None:
        count = rows.update(attempts=0, next_attempt_at=timezone.now())
        _wake_and_tell(self, request, count, wakeup.OUTBOX)


@admin.register(Media)
class MediaAdmin(LineAdmin):
    of_citizen = "message__conversation__citizen"
    list_display = ("id", "kind", "state", "attempts", "next_attempt_at", "size", "error")
    list_filter = ("state", "kind")
    actions = ("try_again",)
    ordering = ("-id",)

    @admin.action(description="Yeniden dene", permissions=["retry"])
    def try_again(self, request: HttpRequest, rows: QuerySet[Media]) -> None:
        waiting = rows.filter(state__in=[Media.State.LOST, Media.State.WAITING])
        fresh = {"state": Media.State.WAITING, "next_attempt_at": timezone.now(), "attempts": 0, "error": ""}
        _wake_and_tell(self, request, waiting.update(**fresh), wakeup.MEDIA)


@admin.register(ChannelState)
class ChannelStateAdmin(LineAdmin):
    list_display = ("phone_number_id", "state", "reason", "since", "resume_at")
    actions = ("resume",)

    @admin.action(description="Kanalı yeniden çalıştır", permissions=["retry"])
    def resume(self, request: HttpRequest, rows: QuerySet[ChannelState]) -> None:
        pace.works(timezone.now())
        _wake_and_tell(self, request, rows.count(), wakeup.OUTBOX)


@admin.register(Conversation)
class ConversationAdmin(LineAdmin):
    of_citizen = "citizen"
    list_display = (
        "id",
        "citizen",
        "last_inbound_at",
        "silent_until",
        "staff_at",
        "blocked",
        "muted",
        "conflict",
    )
    list_filter = ("blocked", "muted", "silent_until", ("conflict", admin.EmptyFieldListFilter))
    list_select_related = ("citizen",)
    actions = ("hand_back", "ask_number")
    ordering = ("-last_inbound_at",)

    @admin.action(description="Görüşmeyi hatta bırak", permissions=["retry"])
    def hand_back(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        _wake_and_tell(self, request, handover.hand_back(rows, timezone.now()), wakeup.INBOX)

    @admin.action(description="Telefon numarasını iste", permissions=["retry"])
    def ask_number(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        with transaction.atomic():
            for row in handover.lock(rows):
                ticket_effects.ask_number(row, timezone.now())
        _wake_and_tell(self, request, rows.count(), wakeup.OUTBOX)


@admin.register(FaqEntry)
class FaqEntryAdmin(ModelAdmin, ImportExportAdmin):
    """Call centre staff keep the answers; what they write is said from the next message on."""

    resource_classes = (FaqResource,)

    list_display = ("title", "active", "updated_at")
    list_filter = ("active",)
    search_fields = ("title", "phrases", "answer")
    ordering = ("title",)


@admin.register(Identity)
class IdentityAdmin(LineAdmin):
    of_citizen = "citizen"
    list_display = ("id", "citizen", "kind", "created_at", "retired_at")
    list_filter = ("kind",)
    list_select_related = ("citizen",)
    exclude = ("value",)
    readonly_fields = ("shown_value",)
    ordering = ("-id",)

    @admin.display(description="değer")
    def shown_value(self, identity: Identity) -> str:
        return name_shown(identity.value)


@admin.register(StatusUpdate)
class StatusUpdateAdmin(LineAdmin):
    opens = Access.What.RAW
    of_citizen = "outbox__conversation__citizen"
    list_display = ("id", "received_at", "status", "outbox", "settled")
    list_filter = ("status", "settled")
    list_select_related = ("outbox",)
    exclude = ("payload",)
    readonly_fields = ("shown_payload",)
    ordering = ("-id",)


@admin.register(NoticeVersion)
class NoticeVersionAdmin(RecordAdmin):
    """The texts of the privacy notice there were; who was shown which stands on the citizen's page."""

    list_display = ("version", "first_shown_at")
    fields = readonly_fields = ("version", "first_shown_at", "url", "shown_texts")
    ordering = ("-first_shown_at",)

    @admin.display(description="metinler")
    def shown_texts(self, version: NoticeVersion) -> str:
        return format_html_join("", "<p><b>{}</b> {}</p>", version.texts.items())


@admin.register(UnhandledUpdate)
class UnhandledUpdateAdmin(LineAdmin):
    opens = Access.What.RAW
    list_display = ("id", "received_at", "field", "error")
    list_filter = ("field",)
    exclude = ("payload",)
    readonly_fields = ("shown_payload",)
    ordering = ("-id",)


def _wake_and_tell(page: LineAdmin, request: HttpRequest, count: int, queue: str) -> None:
    wakeup.wake(queue)
    text = f"{count} kayıt yeniden sıraya alındı." if count else "Sıraya alınacak kayıt yok."
    page.message_user(request, text, messages.SUCCESS if count else messages.WARNING)
