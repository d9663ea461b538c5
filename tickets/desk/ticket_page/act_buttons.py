"""The acts that a ticket's page offers: one primary next step by status and role, three beside it, the rest below, and
apart from them what ends a request.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse

from tickets.back_office.action_labels import ASSIGN_A_PERSON, BUTTONS, CALL, move_button
from tickets.back_office.shortcut_letters import ACT_LETTERS, APPROVES, letter
from tickets.desk.forms.base import WriteForm
from tickets.desk.forms.transitions import TransitionForm
from tickets.record import channel
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, parties
from tickets.record.statuses import ASSIGN, CLASSIFY, ENDED, STATUSES, Status
from tickets.record.workflow import transitions_for, why_not

BESIDE = 3
_ENDS = (Status.REJECTED, Status.CANCELLED)


@dataclass(frozen=True)
class DeskStep:
    """One act on the page. `ready` says that all it needs is there, so that its letter does it at once; `shown` are
    then the fields that are filled in, `optional` the others. `told` says that the citizen hears of it.
    """

    act: str
    address: str
    letter: str
    title: str
    form: WriteForm
    ready: bool = False
    told: bool = False

    @property
    def shown(self) -> list[Any]:
        return [field for field in self.form.visible_fields() if field.value()]

    @property
    def optional(self) -> list[Any]:
        return [field for field in self.form.visible_fields() if not field.value()]

    @property
    def to(self) -> str:
        return str(self.form.initial.get("to", ""))

    @property
    def ends(self) -> bool:
        """Whether the request is over with it."""
        return self.to in ENDED

    @property
    def is_open(self) -> bool:
        return self.form.is_bound


@dataclass(frozen=True)
class Steps:
    primary: DeskStep | None
    beside: list[DeskStep]
    more: list[DeskStep]
    ends: list[DeskStep]
    why: dict[str, str]  # by letter, why it does nothing here

    @property
    def any(self) -> bool:
        return bool(self.primary or self.beside or self.more or self.ends)

    @property
    def tells_of_redirection(self) -> bool:
        lined = (self.primary, *self.beside, *self.more)
        return any(step.told for step in lined if step and step.to == Status.REDIRECTED)

    @property
    def more_is_open(self) -> bool:
        return any(step.is_open for step in self.more)


def steps(ticket: Ticket, actor: Actor, forms: Mapping[str, Any], now: datetime) -> Steps:
    """What the page offers of the forms (`forms_for`), in its order."""
    found = _transitions(ticket, forms["transitions"]) | {
        act: DeskStep(act, _address(ticket, act), ACT_LETTERS.get(act, ""), text, forms[f"{act}_form"])
        for act, text in BUTTONS.items()
        if f"{act}_form" in forms
    }
    if ASSIGN in found and "department" not in found[ASSIGN].form.fields:
        found[ASSIGN] = replace(found[ASSIGN], title=ASSIGN_A_PERSON)
    if _assigning_does_it(found):
        del found[Status.ASSIGNED]
    order = [name for name in dict.fromkeys(_order(ticket)) if name in found]
    ends = [found[name] for name in _ENDS if name in found]
    rest = [name for name in found if name not in order and name not in _ENDS]
    lined = [found[name] for name in (*order, *rest)]
    first, others = (lined[0], lined[1:]) if order else (None, lined)
    return Steps(first, others[:BESIDE], others[BESIDE:], ends, _why(ticket, actor, now, [*lined, *ends]))


def _order(ticket: Ticket) -> Iterable[str]:
    at = Status(ticket.status)
    if at is Status.NEW and ticket.proposed_agency_id:
        return (Status.REDIRECTED, *STATUSES[at].next_steps)
    return STATUSES[at].next_steps


def _transitions(ticket: Ticket, forms: Iterable[TransitionForm]) -> dict[str, DeskStep]:
    at = ticket.position()
    forms = list(forms)
    heard = channel.channel().announced_transitions(ticket) if forms and not ticket.restricted else ()
    found: dict[str, DeskStep] = {}
    for form in forms:
        to = Status(form.initial["to"])
        _propose(ticket, to, form)
        proposed, told = bool(form.initial.get("department")), form.announced and to in heard
        found[to] = DeskStep(
            "move",
            _address(ticket, "move"),
            APPROVES if proposed else letter(at, to),
            move_button(ticket, to, of_proposed=proposed, told=told),
            form,
            ready=_ready(form),
            told=told,
        )
    return found


def _address(ticket: Ticket, act: str) -> str:
    return reverse(f"admin:tickets_ticket_{act}", args=[ticket.pk])


def _propose(ticket: Ticket, to: Status, form: TransitionForm) -> None:
    """The department of the subject stands there already."""
    if (
        ticket.status == Status.NEW
        and to is Status.ASSIGNED
        and ticket.category
        and not ticket.proposed_agency_id
    ):
        form.initial.setdefault("department", ticket.category.department_id)


def _ready(form: TransitionForm) -> bool:
    """Whether nothing that must be filled in is empty."""
    return not form.is_bound and all(
        form.initial.get(name) for name, field in form.fields.items() if field.widget.attrs.get("required")
    )


def _assigning_does_it(found: Mapping[str, DeskStep]) -> bool:
    """Whether the form that assigns sends it to a department, too, and no department is proposed."""
    assign, transition = found.get(ASSIGN), found.get(Status.ASSIGNED)
    if assign is None or transition is None or transition.letter != assign.letter:
        return False
    return "department" in assign.form.fields and not transition.form.initial.get("department")


def _why(ticket: Ticket, actor: Actor, now: datetime, drawn: Iterable[DeskStep]) -> dict[str, str]:
    at, who = ticket.position(), parties(actor, ticket.department.code if ticket.department else None)
    offered, known = transitions_for(at, who, now), {step.letter for step in drawn}
    why = {letter(at, to): why_not(at, to, who, now) for to in Status if to not in offered}
    if ticket.outcome is not None:
        ended = "Sonuçlanmış başvuruda yapılamaz. Önce başvuruyu yeniden açın."
        why |= {ACT_LETTERS[CLASSIFY]: ended, ACT_LETTERS[ASSIGN]: ended}
    if ticket.citizen_id is None:
        why[ACT_LETTERS[CALL]] = "Başvuru sahibi bilinmiyor: aranacak kimse yok."
    return {key: words for key, words in why.items() if words and key not in known}
