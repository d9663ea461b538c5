"""The texts of the buttons of acts on tickets: on a ticket's page, and below the queue for many at once."""

from collections.abc import Mapping

from tickets.record.models.ticket import Ticket
from tickets.record.statuses import ASSIGN, CLASSIFY, ENDED, STATUSES, Status

# The names of further acts that are no transitions (tickets/undoable.py).
PRIORITY, DANGER, SPLIT, CALL, PUBLISH = "priority", "danger", "split", "call", "publish"
BUTTONS: Mapping[str, str] = {
    CLASSIFY: "Konuyu düzelt",
    ASSIGN: "Birim, sorumlu ata",
    SPLIT: "İkiye ayır",
    CALL: "Aramayı kaydet",
    PRIORITY: "Önceliği değiştir",
    DANGER: "Tehlikeyi düzelt",
    PUBLISH: "Yayımla",
}
ASSIGN_A_PERSON = "Sorumlu ata"  # of who sends nothing to other departments
# Of transitions by old and new status, where it is not the button of the new one.
_FROM = {
    (Status.NEW, Status.ASSIGNED): "Birime gönder",
    (Status.REVIEW, Status.RESOLVED): "Onayla ve gönder",
    (Status.REVIEW, Status.IN_PROGRESS): "Birime geri çevir",
    (Status.WAITING, Status.ASSIGNED): "Birime gönder",
}


def move_button(ticket: Ticket, to: Status, *, of_proposed: bool, told: bool) -> str:
    """The text of the button of a transition, which says the result. `of_proposed`: the department of the subject
    stands there already; `told`: the citizen hears of it.
    """
    if ticket.status == Status.NEW and to is Status.ASSIGNED and of_proposed:
        assert ticket.category is not None  # noqa: S101 - it gave the department
        return f"{ticket.category.department}: ilet"
    if ticket.status == Status.WAITING and to == ticket.waiting_from:
        return "Beklemeyi bitir"
    if to is Status.REDIRECTED and ticket.proposed_agency:
        return f"{ticket.proposed_agency}: yönlendir"
    if ticket.status == Status.REVIEW and to is Status.RESOLVED and not told:
        return "Onayla"
    return _of_transition(Status(ticket.status), to)


def _of_transition(at: Status, to: Status) -> str:
    if at in ENDED and to is Status.ASSIGNED:
        return "Yeniden aç"
    if at is Status.WAITING and to in (Status.NEW, Status.IN_PROGRESS, Status.PLANNED):
        return "Beklemeyi bitir"
    return _FROM.get((at, to), STATUSES[to].button)
