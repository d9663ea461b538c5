"""Admin of the privacy notices there were; their words are texts (overrides.py)."""

from django.contrib import admin
from django.utils.html import format_html_join

from tickets.access_log.record_admin import RecordAdmin
from whatsapp.texts.models.privacy_notices import NoticeVersion


@admin.register(NoticeVersion)
class NoticeVersionAdmin(RecordAdmin):
    """The texts of the privacy notice there were; who was shown which stands on the citizen's page."""

    list_display = ("version", "first_shown_at")
    fields = readonly_fields = ("version", "first_shown_at", "url", "shown_texts")
    ordering = ("-first_shown_at",)

    @admin.display(description="metinler")
    def shown_texts(self, version: NoticeVersion) -> str:
        return format_html_join("", "<p><b>{}</b> {}</p>", version.texts.items())
