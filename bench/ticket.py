"""The page of one ticket, among as many as there are, for people with different rights: new ones, settled ones, one
with the longest timeline, one in the densest place, one whose citizen has written a hundred messages.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import office

TICKETS = 20_000
MESSAGES = 100
MOST_STATEMENTS, MOST_MS = 30, 250
ROLES = ("supervisor", "operator", "head_fen", "crew_fen")


def run(_directory: Path, tickets: int = TICKETS) -> dict[str, object]:
    office.prepare(tickets)
    from django.db import transaction

    with transaction.atomic():  # the long conversation is there for this run alone
        result = office.measured(_pages(), MOST_STATEMENTS, lambda _: MOST_MS)
        transaction.set_rollback(True)
    return result


def _pages() -> Iterator[office.Page]:
    from django.contrib.auth.models import User

    from tickets.record.permissions import visible_to

    for role in ROLES:
        for name, tickets in _kinds(visible_to(User.objects.get(username=role))):
            ticket = tickets.first()
            if ticket is None:  # a crew may have none of this kind
                continue
            if name == "long conversation":
                _talk(ticket)
            yield role, name, f"/admin/tickets/ticket/{ticket.pk}/change/"


def _kinds(seen: Any) -> Iterator[tuple[str, Any]]:
    """Of the tickets that somebody sees, the one of each kind comes first."""
    from django.db.models import Count

    latest = seen.order_by("-created_at")
    recent = list(latest.values_list("pk", flat=True)[:2000])
    yield "newest", latest
    yield "open", latest.filter(outcome__isnull=True)
    yield "settled", latest.filter(status="CLOSED")
    yield "opened again", latest.filter(reopened__gt=0)
    yield "rated", latest.filter(satisfaction_score__isnull=False)
    yield "in the middle of the city", _in_the_middle(latest)
    longest = seen.filter(pk__in=recent).annotate(events_=Count("events"))
    yield "longest timeline of the last 2,000", longest.order_by("-events_")
    yield "long conversation", latest.filter(citizen__isnull=False)


def _in_the_middle(tickets: Any) -> Any:
    """Of the ten thousand newest that are open, one of the neighbourhood that has most of them."""
    from django.db.models import Count

    newest = tickets.filter(outcome__isnull=True, lat__isnull=False).values("pk")[:10_000]
    rows = tickets.model.objects.filter(pk__in=newest).values("neighbourhood").annotate(n=Count("*"))
    densest = rows.order_by("-n").values_list("neighbourhood", flat=True).first()
    return tickets.filter(neighbourhood=densest, outcome__isnull=True, lat__isnull=False)


def _talk(ticket: Any) -> None:
    """The citizen of the ticket writes a hundred messages about it, unless they have."""
    from whatsapp.models import Conversation, Message

    talk, _ = Conversation.objects.get_or_create(citizen=ticket.citizen)
    start = ticket.created_at
    Message.objects.bulk_create(
        [
            Message(
                wamid=f"wamid.bench.{ticket.pk}.{number}",
                conversation=talk,
                ticket=ticket,
                kind="text",
                text=f"{number}. mesaj: çukur hâlâ duruyor",
                payload={},
                sent_at=start + timedelta(minutes=number),
                received_at=start + timedelta(minutes=number),
                state="handled",
            )
            for number in range(MESSAGES)
        ],
        ignore_conflicts=True,
    )
