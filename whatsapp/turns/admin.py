"""Admin of conversations, and of the names under which WhatsApp knows whom they are with."""

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from whatsapp import wakeup
from whatsapp.conversations.line_admin import LineAdmin, name_shown, wake_and_show
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.identities import Identity
from whatsapp.handover import begin_and_end
from whatsapp.turns import allowance, ticket_effects


@admin.register(Conversation)
class ConversationAdmin(LineAdmin):
    of_citizen = "citizen"
    list_display = (
        "id",
        "citizen",
        "last_inbound_at",
        "silent_until",
        "staff_at",
        "is_behind",
        "blocked",
        "muted",
        "conflict",
    )
    list_filter = ("blocked", "muted", "silent_until", ("conflict", admin.EmptyFieldListFilter))
    list_select_related = ("citizen",)
    actions = ("hand_back", "request_phone_number")
    ordering = ("-last_inbound_at",)

    @admin.display(description="herkesten sonra", boolean=True)
    def is_behind(self, row: Conversation) -> bool:
        return allowance.is_behind(row.spent_until, timezone.now())

    @admin.action(description="Görüşmeyi hatta bırak", permissions=["retry"])
    def hand_back(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        wake_and_show(self, request, begin_and_end.hand_back(rows, timezone.now()), wakeup.INBOX)

    @admin.action(description="Telefon numarasını iste", permissions=["retry"])
    def request_phone_number(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        with transaction.atomic():
            for row in begin_and_end.lock(rows):
                ticket_effects.request_phone_number(row, timezone.now())
        wake_and_show(self, request, rows.count(), wakeup.OUTBOX)


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
