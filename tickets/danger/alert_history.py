"""Who was rung for a danger or a drill, when, by which way, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet, TextChoices

from departments.working_time.duty import on_duty
from tickets.danger.models import Drill
from tickets.notifications.models import Notification
from tickets.record.models.ticket import Ticket

NEVER_SIGNED_IN = "bu hesap hiç giriş yapmadı"


class Way(TextChoices):
    PANEL = "panel", "Panel"
    MAIL = "mail", "E-posta"
    WHATSAPP = "whatsapp", "WhatsApp"
    GATEWAY = "gateway", "Telefon"


@dataclass(frozen=True)
class Attempt:
    """One person rung by one way. `delivered_at` is when the panel showed it, or when the mail server, the line (that
    Meta has it is not known here) or the gateway took it over."""

    user: User
    way: Way
    at: datetime
    delivered_at: datetime | None
    error: str = ""

    @property
    def seconds(self) -> int | None:
        """After how many it was delivered."""
        return None if self.delivered_at is None else round((self.delivered_at - self.at).total_seconds())


def attempts(of: Ticket | Drill) -> list[Attempt]:
    """All there were, the oldest first; a way that somebody does not use is left out."""
    rows: QuerySet[Notification] = of.notifications.filter(kind=Notification.Kind.DANGER)
    return [
        attempt
        for row in rows.select_related("user", "ring").order_by("at", "id")
        for attempt in _by_each_way(row)
    ]


def _by_each_way(row: Notification) -> Iterator[Attempt]:
    never_came = row.shown_at is None and row.user.last_login is None
    yield Attempt(row.user, Way.PANEL, row.at, row.shown_at, NEVER_SIGNED_IN if never_came else "")
    if row.mail_attempts:
        yield Attempt(row.user, Way.MAIL, row.at, row.mailed_at, row.mail_error)
    if row.messaged_at:
        yield Attempt(row.user, Way.WHATSAPP, row.at, row.messaged_at)
    if ring := getattr(row, "ring", None):
        yield Attempt(row.user, Way.GATEWAY, row.at, ring.delivered_at, ring.error)


def why_unheard(now: datetime) -> list[str]:
    """Why rings may reach nobody at this moment, each reason in a sentence."""
    reasons = (
        (not settings.NOTICES_BY_EMAIL, "E-posta ayarlı değil: kimseye e-posta gitmez."),
        (not settings.RING_URL, "Arama geçidi yok: hiçbir telefon çalmaz."),
        (
            not on_duty(now).exists(),
            "Nöbet çizelgesi şu an boş: haber sorumlulara, yoksa yöneticilere gider.",
        ),
    )
    return [words for holds, words in reasons if holds]


def danger_notifications(*tickets: Ticket | int) -> QuerySet[Notification]:
    """What rang for the danger in these tickets, acknowledged or not."""
    return Notification.objects.filter(ticket__in=tickets, kind=Notification.Kind.DANGER)
