"""What came, for staff to look into: deliveries, messages, files, and "try again"."""

from textwrap import shorten
from typing import Any

from django.contrib import admin, messages
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from typing_extensions import override

from tickets.casework.awaiting_staff import request_staff
from tickets.models import Access, WaitingConversation
from whatsapp import wakeup
from whatsapp.conversations.line_admin import LineAdmin, name_shown, raw, wake_and_show
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.deliveries import InboundDelivery, UnhandledUpdate
from whatsapp.conversations.models.messages import Media, Message, TicketlessMessage
from whatsapp.handover import begin_and_end


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
        wake_and_show(self, request, count, wakeup.INBOX)


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
            begin_and_end.forget_failures(Conversation.objects.filter(pk__in=parked.values("conversation")))
            count = parked.update(state=Message.State.NEW, error="")
        wake_and_show(self, request, count, wakeup.INBOX)


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
            begin_and_end.lock(Conversation.objects.filter(pk__in=rows.values("conversation")))
            for row in rows.select_related("conversation__citizen"):
                if row.conversation:
                    citizen, reason = row.conversation.citizen, WaitingConversation.Reason.UNREAD
                    request_staff(citizen=citizen, reason=reason, now=row.sent_at, words=row.text)
                    count += 1
        self.message_user(request, f"{count} görüşme bekleyenlere eklendi.", messages.SUCCESS)


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
        fresh = {
            "state": Media.State.WAITING,
            "next_attempt_at": timezone.now(),
            "attempts": 0,
            "error": "",
            "unfinished": 0,
        }
        wake_and_show(self, request, waiting.update(**fresh), wakeup.MEDIA)


@admin.register(UnhandledUpdate)
class UnhandledUpdateAdmin(LineAdmin):
    opens = Access.What.RAW
    list_display = ("id", "received_at", "field", "error")
    list_filter = ("field",)
    exclude = ("payload",)
    readonly_fields = ("shown_payload",)
    ordering = ("-id",)
