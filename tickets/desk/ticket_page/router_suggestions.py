"""What the router suggests for a ticket beside its thread, and the questions of grey zones."""

from dataclasses import dataclass

from departments import reference
from departments.models import Category, GreyZone
from tickets.record.models.ticket import Ticket
from tickets.record.statuses import Status

WORTH_SHOWING = 0.05  # the smallest confidence (0 to 1) at which an alternative of the router is shown


@dataclass(frozen=True)
class Suggested:
    """A category that the router suggests, its confidence in per cent, and whether the ticket has it already.

    `sure`: the confidence reaches the category's threshold, so that one key applies it.
    """

    category: Category
    share: int
    taken: bool
    sure: bool


def suggested(ticket: Ticket) -> list[Suggested]:
    """The router's suggestions for the report: its choice first, then the alternatives."""
    routed = ticket.routed or {}
    shares = {each["category"]: each["confidence"] for each in routed.get("alternatives") or ()}
    if routed.get("category"):
        shares = {routed["category"]: routed.get("confidence") or 0} | shares
    known = {code: row for code in shares if (row := reference.category(code)) and row.department_id}
    return [
        Suggested(
            known[code],
            round(100 * share),
            ticket.category_id == known[code].pk,
            share >= known[code].sure_from,
        )
        for code, share in shares.items()
        if code in known and (share >= WORTH_SHOWING or code == routed.get("category"))
    ]


def acceptable(ticket: Ticket, routed: list[Suggested]) -> Suggested | None:
    """The suggestion that is the next step of a ticket without a subject: one that is sure, where no other body is
    proposed.
    """
    first = routed[0] if routed else None
    is_asked = ticket.status == Status.NEW and ticket.category_id is None and not ticket.proposed_agency_id
    return first if first and first.sure and is_asked else None


def questions(ticket: Ticket, routed: list[Suggested]) -> list[GreyZone]:
    """Grey-zone questions for the triage of a new ticket, by its category or the suggested one."""
    category = ticket.category_id or (routed[0].category.pk if routed else None)
    if ticket.status != Status.NEW or category is None:
        return []
    return list(GreyZone.objects.filter(category=category).select_related("agency").order_by("id"))
