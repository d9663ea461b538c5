"""Conversations, whom they are with, the answers that the call centre keeps, and the privacy notices shown."""

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join

from departments.model_admin import ModelAdmin
from departments.spreadsheets.import_export import ImportExportAdmin
from tickets.admin.read_only_lists import RecordAdmin
from whatsapp import wakeup
from whatsapp.admin.faq_files import FaqResource
from whatsapp.admin.line_admin import LineAdmin, name_shown, wake_and_tell
from whatsapp.handover import begin_and_end as handover
from whatsapp.models import (
    Conversation,
    FaqEntry,
    Identity,
    NoticeVersion,
)
from whatsapp.turns import ticket_effects


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
        wake_and_tell(self, request, handover.hand_back(rows, timezone.now()), wakeup.INBOX)

    @admin.action(description="Telefon numarasını iste", permissions=["retry"])
    def ask_number(self, request: HttpRequest, rows: QuerySet[Conversation]) -> None:
        with transaction.atomic():
            for row in handover.lock(rows):
                ticket_effects.ask_number(row, timezone.now())
        wake_and_tell(self, request, rows.count(), wakeup.OUTBOX)


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


@admin.register(FaqEntry)
class FaqEntryAdmin(ModelAdmin, ImportExportAdmin):
    """Call centre staff keep the answers; what they write is said from the next message on."""

    resource_classes = (FaqResource,)

    list_display = ("title", "active", "updated_at")
    list_filter = ("active",)
    search_fields = ("title", "phrases", "answer")
    ordering = ("title",)


@admin.register(NoticeVersion)
class NoticeVersionAdmin(RecordAdmin):
    """The texts of the privacy notice there were; who was shown which stands on the citizen's page."""

    list_display = ("version", "first_shown_at")
    fields = readonly_fields = ("version", "first_shown_at", "url", "shown_texts")
    ordering = ("-first_shown_at",)

    @admin.display(description="metinler")
    def shown_texts(self, version: NoticeVersion) -> str:
        return format_html_join("", "<p><b>{}</b> {}</p>", version.texts.items())
