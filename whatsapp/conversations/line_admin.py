"""What the pages of the line's rows have in common: who sees which, what is masked, "try again"."""

import json
import re
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from typing_extensions import override

from departments.text import identity_numbers
from tickets.access_log.record_admin import RecordAdmin
from tickets.record.permissions import actor_of, hidden_from, masked
from whatsapp import wakeup

# A telephone number where Meta's bodies name people by it.
_NUMBER = re.compile(r'("(?:from|to|wa_id|recipient_id|phone)"\s*:\s*")\+?(\d{8,15})"')
# As part of a name, with the plus sign of an international number or without.
_DIGITS = re.compile(r"(?<!\d)\+?(\d(?:[ ()-]?\d){6,14})(?!\d)")


def raw(text: str) -> str:
    """A body as it came, but for people's telephone numbers, which are opened on a ticket that keeps who looked, and
    for T.C. identity numbers.
    """
    text = identity_numbers.masked(text)
    shown = _NUMBER.sub(lambda found: f'{found[1]}{masked(f"+{found[2]}")}"', text)
    return format_html('<span class="raw">{}</span>', shown)


def name_shown(name: str) -> str:
    """A name under which WhatsApp knows somebody, masked where a telephone number is in it."""
    return _DIGITS.sub(lambda found: masked("+" + re.sub(r"\D", "", found[1])), name)


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


def wake_and_show(page: LineAdmin, request: HttpRequest, count: int, queue: str) -> None:
    """Wakes whoever works off the queue, and says how many rows are in it again."""
    wakeup.wake(queue)
    text = f"{count} kayıt yeniden sıraya alındı." if count else "Sıraya alınacak kayıt yok."
    page.message_user(request, text, messages.SUCCESS if count else messages.WARNING)
