"""What staff decided otherwise than the router, kept for it to learn from."""

from datetime import datetime

from departments.danger_reader import corrections as danger_corrections
from departments.models import Category, Correction
from departments.routing import corrections
from tickets.casework.writing import by_staff
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor


def keep_correction(row: Ticket, category: Category | None, actor: Actor, now: datetime) -> None:
    """Keeps that staff gave the ticket this category, or sent it where it now is, if the router had said otherwise, or
    had not been sure: what somebody had to decide teaches even where the line had guessed right.

    Of a department alone the category is taken that the router held likeliest there; a department it never thought of
    teaches nothing that has a label. The words of a restricted ticket are not kept beside it.
    """
    routed = row.routed
    if not routed or not row.description or row.restricted or not by_staff(actor):
        return
    right = category or _confirmed(row) or _likeliest_there(row)
    if right is None or (category is not None and right.code == routed["category"]):
        return
    correction = Correction(
        text=row.description,
        kind=row.kind,
        urgent=row.urgent,
        said=routed["category"],
        category=right,
        model_version=routed.get("model", ""),
        at=now,
    )
    corrections.keep(correction, names=[row.citizen.name] if row.citizen and row.citizen.name else [])


def forget_corrections(row: Ticket) -> None:
    """Of a ticket that becomes restricted nothing is kept beside it, either, that was learned from it before."""
    moments = list(row.events.values_list("at", flat=True))
    corrections.forget(moments)
    danger_corrections.forget(moments)


def _confirmed(row: Ticket) -> Category | None:
    """The router's own subject, if it was not sure and the ticket is now where that belongs."""
    subject, routed = row.category, row.routed
    if (
        subject is None
        or routed is None
        or row.said_surely is not False
        or subject.code != routed["category"]
    ):
        return None
    return subject if subject.department == row.department else None


def _likeliest_there(row: Ticket) -> Category | None:
    if row.department is None or row.routed is None or row.department.code == row.routed["department"]:
        return None
    if (
        row.category is not None and row.category.department == row.department
    ):  # it follows a category already kept
        return None
    offered = {each["department"]: each["category"] for each in row.routed["alternatives"]}
    return Category.objects.filter(code=offered.get(row.department.code)).first()
