"""What left, or could not, for staff to look into: messages, their statuses, the number's state, and "try again"."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from tickets.models import Access
from whatsapp import wakeup
from whatsapp.conversations.line_admin import LineAdmin, wake_and_show
from whatsapp.number import pace
from whatsapp.number.models import ChannelState
from whatsapp.outbox.models.outbox import AnnouncementFailure, Outbox, StatusUpdate


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
        wake_and_show(self, request, failed.update(**fresh, error="", error_code=None), wakeup.OUTBOX)


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
        wake_and_show(self, request, count, wakeup.OUTBOX)


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


@admin.register(ChannelState)
class ChannelStateAdmin(LineAdmin):
    list_display = ("phone_number_id", "state", "reason", "since", "resume_at")
    actions = ("resume",)

    @admin.action(description="Kanalı yeniden çalıştır", permissions=["retry"])
    def resume(self, request: HttpRequest, rows: QuerySet[ChannelState]) -> None:
        pace.works(timezone.now())
        wake_and_show(self, request, rows.count(), wakeup.OUTBOX)
