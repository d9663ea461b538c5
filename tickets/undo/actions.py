"""Acts of staff: done at once, told after five seconds, and taken back until then as if they had not been.

1. `perform` runs a service of UNDOABLE_ACTIONS in a transaction that names its act.
   The trigger `journal` keeps each row that it writes (ActChange), whatever service that is; entries of the timeline
   get `undo_until`.
2. Whatever tells somebody (outbox, webhooks, mail, notifications) looks only at what is not held any more.
3. `take_back` puts the rows back, unless one of them was changed since, and leaves an entry that says so.

Other systems do not come this way: nobody sits there to take something back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import BigIntegerField, Exists, F, Max, OuterRef, QuerySet
from django.db.models.functions import Cast

from tickets.record.models.acts import Act, ActChange
from tickets.record.models.ticket import OPEN_DANGER, Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.undo_window import UNDO_WINDOW, UNDO_WINDOW_MORE, journaled
from tickets.record.workflow import NoSuchTransition
from tickets.undo import restoring

KEPT = timedelta(minutes=1)


class TakenBackMeanwhile(NoSuchTransition):
    """The act was taken back while it was being done on a selection: nothing more of it is done."""


@dataclass(frozen=True)
class UndoableAction:
    """An act: the service that does it, and what is said when it was taken back.

    `title` is what it is called once done: words, or a function of the service's arguments.
    `at_once` are acts that a danger does not let wait: nothing of them is held back, and `back` takes them back in a
    way of its own, if they can be taken back at all. `in_danger_at_once` are such in a talk with somebody in danger,
    and so is a question to them.
    """

    service: Callable[..., Any]
    title: str | Callable[[Mapping[str, Any]], str]
    at_once: bool = False
    in_danger_at_once: bool = False
    back: Callable[[Act, Ticket, Actor, datetime], None] | None = None
    taken_back: str = "Kimseye haber gitmedi."


LONGEST_TITLE = 150  # characters; the column takes 200, with the number of tickets
UNDOABLE_ACTIONS: dict[str, UndoableAction] = {}  # tickets/undoable.py fills it


def perform(name: str, /, *, actor: Actor, now: datetime, **given: Any) -> Any:
    """Run the service that UNDOABLE_ACTIONS has under that name, and return what it returns; its errors pass through.

    Until `Act.undo_until` its news is held back and `take_back` undoes it.
    """
    with several(name, actor=actor, now=now, **given) as one:
        return one(**given)


@contextmanager
def several(
    name: str, /, *, actor: Actor, now: datetime, tickets: int = 1, **given: Any
) -> Iterator[Callable[..., Any]]:
    """One act on so many `tickets`: gives a function that does it for one of them, each in a transaction of its own;
    taken back they are together. What is refused is refused for that one alone.

    What is done of it can be taken back while the rest is still to be done. The function then raises
    TakenBackMeanwhile, and does nothing.
    """
    doing, about = UNDOABLE_ACTIONS[name], _ticket_of(given)
    user = actor.user
    assert user is not None  # noqa: S101 - staff have signed in
    title = _title(name, given)
    act = Act(
        name=name,
        title=title,
        user=user,
        ticket=about,
        at=now,
        undo_until=now + UNDO_WINDOW + UNDO_WINDOW_MORE * (tickets - 1),
    )

    def one(**given: Any) -> Any:
        at_once = doing.at_once or (_is_for_danger(doing, given) and _in_danger(given))
        with transaction.atomic():
            if tickets > 1:
                _hold(act)
            part = len(act.newest_entries)
            with journaled(act, part, waits=not at_once):
                made = doing.service(actor=actor, now=now, **given)
            if at_once and doing.back is None:
                act.changes.filter(part=part).delete()  # it is on its way
            _count_part(act, title if tickets == 1 else f"{part + 1} başvuru: {title}")
        return made

    with transaction.atomic() if tickets == 1 else nullcontext():
        act.save()
        yield one
        if not act.changes.exists():
            act.delete()


def _hold(act: Act) -> None:
    """Locks the act until its next part is done, so that it is taken back before that part or after it.

    Raises TakenBackMeanwhile. An act that was forgotten in between, since its time is over or somebody was erased, goes
    on as a new one.
    """
    row = Act.objects.select_for_update(no_key=True).filter(pk=act.pk).first()
    if row is None:
        act.pk, act.newest_entries, act._state.adding = None, [], True
        act.save()
    elif row.taken_back_at is not None:
        raise TakenBackMeanwhile(
            "İşlemi yarıda geri aldınız: yapılanlar eski hâlinde, kalan başvurulara dokunulmadı."
        )


def _count_part(act: Act, title: str) -> None:
    """The act is done for one ticket more; it is called by `title` from now on."""
    newest = TicketEvent.objects.aggregate(newest=Max("pk", default=0))["newest"]
    Act.objects.filter(pk=act.pk).update(title=title, newest_entries=[*act.newest_entries, newest])
    act.newest_entries.append(newest)


def undo(*, act: Act, actor: Actor, now: datetime) -> list[str]:
    """Puts everything back as it was before the act, and leaves an entry that it was taken back. Of a selection a
    ticket that somebody changed since stays as it is; returns a sentence for each.

    Raises NoSuchTransition where it was taken back already, its time is over, or somebody changed its ticket since; its
    words say who, and what they did. Then nothing is taken back.
    """
    stayed: list[str] = []
    with transaction.atomic():
        row = Act.objects.select_for_update(no_key=True).filter(pk=act.pk, user=actor.user).first()
        if row is None or row.taken_back_at is not None:
            raise NoSuchTransition("Geri alınacak işlem yok: geri alınmış ya da süresi geçmiş.")
        if now >= row.undo_until:
            raise NoSuchTransition(
                "Geri alma süresi geçti, haber yola çıktı. Gerekirse yeni bir işlemle düzeltin."
            )
        back = UNDOABLE_ACTIONS[row.name].back
        if back is not None and row.ticket is not None:
            back(row, row.ticket, actor, now)
        else:
            stayed = restoring.restore(row, actor, now)
        row.taken_back_at = now
        row.save(update_fields=["taken_back_at"])
    return stayed


def undoable_action(*, user: User, now: datetime) -> Act | None:
    """The newest act of the user that can still be taken back."""
    newest = Act.objects.filter(user=user).order_by("-id").first()
    if newest is None or newest.taken_back_at is not None or newest.undo_until <= now:
        return None
    return newest


def with_desk(users: QuerySet[User], now: datetime) -> QuerySet[User]:
    """The users with `has_acted`, whether they did anything that may still be taken back, and `letters`, whether single
    letters are keys; None where they never said.
    """
    held = Act.objects.filter(user=OuterRef("pk"), undo_until__gt=now).values("pk")
    return users.annotate(has_acted=Exists(held), letters=F("desk_preference__letters"))


def as_published(tickets: Iterable[Ticket], now: datetime) -> list[Ticket]:
    """The tickets as those outside may know them: without what can still be taken back. They are not to be saved."""
    told = list(tickets)
    held = _held(now).filter(key__in=[str(ticket.pk) for ticket in told])
    changes = [(int(key), before) for key, before in held.order_by("-pk").values_list("key", "before")]
    columns = {field.column: field for field in Ticket._meta.concrete_fields}
    known = {ticket.pk: ticket for ticket in told}
    for key, before in changes:
        for column, value in (before or {}).items():
            setattr(known[key], columns[column].attname, columns[column].to_python(value))
    opened = {key for key, before in changes if before is None}
    return [ticket for ticket in told if ticket.pk not in opened]


def just_opened(now: datetime) -> QuerySet[ActChange, Any]:
    """The keys of tickets whose opening can still be taken back."""
    opened = _held(now).filter(before__isnull=True)
    return opened.annotate(opened=Cast("key", BigIntegerField())).values_list("opened", flat=True)


def _held(now: datetime) -> QuerySet[ActChange]:
    """What was done to tickets and can still be taken back."""
    acts = Act.objects.filter(undo_until__gt=now, taken_back_at=None)
    return ActChange.objects.filter(table=Ticket._meta.db_table, act__in=acts)


def delete_expired_actions(*, now: datetime) -> None:
    """Deletes the acts that nobody can take back any more, and the copies of what they changed."""
    Act.objects.filter(undo_until__lt=now - KEPT).delete()


def _ticket_of(given: Mapping[str, Any]) -> Ticket | None:
    """What the act is about, by the arguments of its service."""
    for name in ("attachment", "handover", "call_back", "of", "ticket"):
        if name in given:
            found = given[name]
            about: Ticket | None = found if found is None or isinstance(found, Ticket) else found.ticket
            return about
    return None


def _is_for_danger(doing: UndoableAction, given: Mapping[str, Any]) -> bool:
    """Whether it tells the citizen something by hand."""
    return doing.in_danger_at_once or given.get("to") == Status.WAITING


def _in_danger(given: Mapping[str, Any]) -> bool:
    """Whether the act is of a danger, or of a talk with somebody who told of one that is still open."""
    ticket, talk = _ticket_of(given), given.get("handover")
    citizen = talk.citizen_id if talk else ticket.citizen_id if ticket else None
    known = citizen is not None and Ticket.objects.filter(OPEN_DANGER, citizen=citizen).exists()
    return known or (ticket is not None and ticket.is_danger)


def _title(name: str, given: Mapping[str, Any]) -> str:
    title = UNDOABLE_ACTIONS[name].title
    return (title if isinstance(title, str) else title(given))[:LONGEST_TITLE]
