"""Generates the history of one ticket, with the rows that the services would have written."""

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

from departments.models import Department
from departments.working_time.working_hours import ISTANBUL, STANDARD
from tickets.casework.closing import CLOSE_AFTER
from tickets.casework.transitions import Details, enter, event_data, resume_clock
from tickets.casework.waiting_since import count_waiting
from tickets.casework.writing import by_staff
from tickets.deadlines.clocks import MARKS, Mark, begin
from tickets.demo_data.copy_rows import default_values
from tickets.demo_data.pictures import Picture
from tickets.demo_data.random_draws import District
from tickets.demo_data.shares import COMMENTED, NOTED, RATED
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor
from tickets.record.statuses import SETTLED, Outcome, Status
from tickets.record.workflow import TRANSITIONS

WORKING_HOURS = 8.0  # of a day
# Relative frequency and statuses of each path from ASSIGNED on. None is the citizen's answer to WAITING.
PATHS: tuple[tuple[int, tuple[Status | None, ...]], ...] = (
    (34, (Status.IN_PROGRESS, Status.RESOLVED)),
    (16, (Status.RESOLVED,)),
    (18, (Status.PLANNED, Status.IN_PROGRESS, Status.RESOLVED)),
    (12, (Status.WAITING, None, Status.IN_PROGRESS, Status.RESOLVED)),
    (12, (Status.IN_PROGRESS, Status.REVIEW, Status.RESOLVED)),
    (3, (Status.REVIEW, Status.IN_PROGRESS, Status.RESOLVED)),
    (4, (Status.RESOLVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.RESOLVED)),
    (5, (Status.REJECTED,)),
    (3, (Status.CANCELLED,)),
    (7, (Status.DUPLICATE,)),
    (3, (Status.IN_PROGRESS,)),
)
EVENT_DEFAULTS, ATTACHMENT_DEFAULTS = default_values(TicketEvent), default_values(Attachment)
OFTEN, STEPS = [often for often, _ in PATHS], [steps for _, steps in PATHS]
RESOLVED = (
    "Ekibimiz yerinde inceledi, sorun giderildi. Bildirdiğiniz için teşekkür ederiz.",
    "Gereken çalışma bugün tamamlandı.",
    "Başvurunuz yerine getirildi. İyi günler dileriz.",
    "Ekiplerimiz bölgede çalışmayı bitirdi; yeniden olursa bu hattan yazabilirsiniz.",
)
REJECTED = "Yerinde yapılan incelemede başvurunuzun mevzuata göre karşılanamayacağı anlaşıldı."
QUESTIONS = ("Bina ya da kapı numarasını yazar mısınız?", "Sorun tam olarak nerede, tarif eder misiniz?")
ANSWERS = ("Marketin tam karşısı, köşedeki bina.", "12 numaranın önü.", "Okulun arka kapısının orada.")
NOTES = ("Ekip yarın sabah yönlendirilecek.", "Yerinde görüldü, malzeme bekleniyor.", "Muhtarla görüşüldü.")
COMMENTS = {
    1: "Kimse gelmedi.",
    2: "Çok geç oldu.",
    3: "",
    4: "Teşekkürler.",
    5: "Çok hızlı çözüldü, sağ olun.",
}


class TicketHistory:
    """A ticket and its rows so far. Nothing happens after `now`: each step returns whether it was before that."""

    def __init__(self, ticket: Ticket, district: District, rng: Random, now: datetime) -> None:
        self.ticket = ticket
        self.events: list[dict[str, Any]] = []
        self.attachments: list[dict[str, Any]] = []
        self.breaches: list[dict[str, Any]] = []
        self._missed: set[Mark] = set()
        self._district, self._rng, self._now = district, rng, now
        self._record(
            TicketEvent.Kind.CREATED, ticket.created_at, Actor.system(), announce=True, to_status=Status.NEW
        )

    def begin(self, department: Department | None, picture: Picture | None) -> bool:
        """Assigns the ticket at once; urgent and unclear ones and other agencies' are handled by staff first."""
        row = self.ticket
        if row.department and not row.urgent:
            self._move(
                Status.ASSIGNED, row.created_at, Actor.system(), Details(department=department), step=0
            )
        if picture:
            self._attach(picture)
        if row.status == Status.ASSIGNED:
            return True
        if row.urgent:
            at = row.updated_at + timedelta(minutes=self._rng.expovariate(1 / 8))
        else:
            at = STANDARD.add_hours(row.updated_at, self._rng.expovariate(1 / 12))
        if department is None:
            details = Details(agency=row.proposed_agency)
            return self._move(Status.REDIRECTED, at, self._district.agent(), details)
        return self._move(Status.ASSIGNED, at, self._district.agent(), Details(department=department))

    def advance(self, original: Ticket | None) -> None:
        """Follows one of the paths up to `now`. `original` is what the ticket may be a duplicate of."""
        (path,) = self._rng.choices(STEPS, OFTEN)
        if path == (Status.DUPLICATE,) and original is None:
            path = (Status.RESOLVED,)
        pace = self._rng.lognormvariate(-0.6, 0.8)
        for to in path:
            if not self._step(to, pace, len(path), original):
                return
        self._rate()
        self.close()

    def close(self) -> None:
        """Closes the ticket CLOSE_AFTER its outcome, as the scheduler does."""
        ticket = self.ticket
        if ticket.status in SETTLED and ticket.outcome_at:
            at = ticket.outcome_at + CLOSE_AFTER + timedelta(seconds=self._rng.randrange(600))
            self._move(Status.CLOSED, at, Actor.scheduler(), Details())

    def record_breaches(self, at: datetime) -> None:
        """Adds the breaches up to that moment, each detected within a minute, as the scheduler does."""
        ticket = self.ticket
        passed = {mark: mark.passed(ticket, at) for mark in MARKS if mark not in self._missed}
        for mark, due_at in passed.items():
            if due_at is None or ticket.outcome is not None:
                continue
            self._missed.add(mark)
            facts = {"clock": mark.clock, "stage": mark.stage, "department_id": ticket.department_id}
            seen = min(due_at + timedelta(seconds=self._rng.uniform(0, 60)), at)
            self.breaches.append({"ticket_id": ticket.pk, "due_at": due_at, "at": seen} | facts)

    def _attach(self, picture: Picture) -> None:
        at = self.ticket.created_at + timedelta(seconds=self._rng.randint(2, 60))
        event = self._record(TicketEvent.Kind.ATTACHED, at, Actor.citizen(), data={"kind": "image"})
        self._touch(at)
        self.attachments.append(
            {
                **ATTACHMENT_DEFAULTS,
                "ticket_id": self.ticket.pk,
                "event": event,
                "kind": "image",
                "mime_type": "image/jpeg",
                "state": Attachment.State.STORED,
                "file": picture.name,
                "thumbnail": picture.thumbnail,
                "size": picture.size,
                "photo_hash": picture.photo_hash,
                "created_at": at,
            }
        )

    def _step(self, to: Status | None, pace: float, of: int, original: Ticket | None) -> bool:
        ticket, rng, here = self.ticket, self._rng, Status(self.ticket.status)
        if to is None or to in (Status.CANCELLED, Status.ASSIGNED):
            later = ticket.updated_at + timedelta(hours=min(rng.expovariate(1 / 48), 150))
            return self._answer(later) if to is None else self._move(to, later, Actor.citizen(), Details())
        category = ticket.category
        hours = (category.resolution_days if category else 1) * WORKING_HOURS * pace / of
        at = STANDARD.add_hours(ticket.updated_at, hours * rng.uniform(0.5, 1.5))
        if at > self._now:
            return False
        if rng.random() < NOTED:
            self._record(
                TicketEvent.Kind.NOTE, at, self._district.member(ticket.department), note=rng.choice(NOTES)
            )
            self._touch(at)
        actor = self._who(here, to)
        if to is Status.IN_PROGRESS and here is not Status.REVIEW:
            self._assign(actor, at)
        return self._move(to, at, actor, self._details(here, to, at, original))

    def _who(self, here: Status, to: Status) -> Actor:
        ticket = self.ticket
        if here is Status.REVIEW or to in (Status.REJECTED, Status.DUPLICATE):
            return self._district.agent()
        if to is Status.RESOLVED and ticket.department and not ticket.department.answers_directly:
            return self._rng.choice(self._district.supervisors)
        return self._district.member(ticket.department)

    def _details(self, here: Status, to: Status, at: datetime, original: Ticket | None) -> Details:
        rng = self._rng
        match to:
            case Status.IN_PROGRESS if here is Status.REVIEW:
                return Details(note="Cevap yeniden yazılsın: ne zaman yapıldığı eksik.")
            case Status.RESOLVED | Status.REVIEW:
                return Details(answer=rng.choice(RESOLVED))
            case Status.WAITING:
                return Details(answer=rng.choice(QUESTIONS))
            case Status.PLANNED:
                return Details(
                    planned_for=at.astimezone(ISTANBUL).date() + timedelta(days=rng.randint(1, 14))
                )
            case Status.REJECTED:
                return Details(reason="Mevzuat uygun değil.", answer=REJECTED)
            case Status.DUPLICATE:
                return Details(duplicate_of=original)
            case _:
                return Details()

    def _assign(self, actor: Actor, at: datetime) -> None:
        """Assigns the ticket to whoever starts the work, unless it is a supervisor."""
        if actor.user is None or actor.sees_everything or self.ticket.assignee_id == actor.user.pk:
            return
        self.ticket.assignee = actor.user
        name = {"assignee": actor.user.get_username()}
        self._record(TicketEvent.Kind.ASSIGNED, at, actor, data=name)
        self._touch(at)

    def _answer(self, at: datetime) -> bool:
        """The citizen's answer moves the ticket back to the status before WAITING."""
        if at > self._now:
            return False
        ticket, text = self.ticket, self._rng.choice(ANSWERS)
        ticket.description = f"{ticket.description}\n{text}"
        self._record(TicketEvent.Kind.DESCRIBED, at, Actor.citizen(), data={"text": text})
        return self._move(Status(ticket.waiting_from), at, Actor.citizen(), Details())

    def _rate(self) -> None:
        ticket, rng = self.ticket, self._rng
        if ticket.outcome != Outcome.RESOLVED or ticket.outcome_at is None or rng.random() > RATED:
            return
        at = ticket.outcome_at + timedelta(hours=min(rng.expovariate(1 / 6), 72))
        if at > self._now:
            return
        late = ticket.resolution_due_at is not None and ticket.outcome_at > ticket.resolution_due_at
        (score,) = rng.choices((1, 2, 3, 4, 5), (6, 4, 3, 2, 1) if late else (1, 1, 3, 8, 12))
        comment = COMMENTS[score] if rng.random() < COMMENTED else ""
        ticket.satisfaction_score, ticket.satisfaction_comment, ticket.rated_at = score, comment, at
        data = {"score": score, "comment": comment}
        self._record(TicketEvent.Kind.RATED, at, Actor.citizen(), data=data)
        self._touch(at)

    def _move(self, to: Status, at: datetime, actor: Actor, details: Details, *, step: int = 1) -> bool:
        """One move; `step` is added to the version, 0 for a move in the same write as the one before."""
        if at > self._now:
            return False
        row = self.ticket
        self.record_breaches(at)
        before, here = row.position(), row.department.code if row.department else None
        resume_clock(row, before, to, at)
        enter(row, before, to, details, at)
        staff = by_staff(actor)
        if staff:
            begin(row, at)
        announced = TRANSITIONS[before.status][to].announced
        text = details.answer or (details.agency.told if details.agency else "")
        self._record(
            TicketEvent.Kind.MOVED,
            at,
            actor,
            announce=announced and staff,
            from_status=before.status,
            to_status=to,
            public_text=text if announced else "",
            note=details.note,
            data=event_data(row, to, details, here),
        )
        self._touch(at, step)
        return True

    def _touch(self, at: datetime, step: int = 1) -> None:
        self.ticket.version += step
        self.ticket.updated_at = at

    def _record(self, kind: TicketEvent.Kind, at: datetime, actor: Actor, **facts: Any) -> dict[str, Any]:
        event = {
            **EVENT_DEFAULTS,
            "ticket_id": self.ticket.pk,
            "kind": kind,
            "at": at,
            "actor_id": actor.user.pk if actor.user else None,
            "actor_kind": actor.kind,
            **facts,
            "data": json.dumps(facts.get("data", {}), ensure_ascii=False),
        }
        event["announced_at"] = (
            at + timedelta(seconds=self._rng.uniform(0.5, 4)) if event["announce"] else None
        )
        self.events.append(event)
        entry = TicketEvent(
            ticket=self.ticket,
            kind=kind,
            at=at,
            actor_kind=actor.kind,
            announce=event["announce"],
        )
        count_waiting(self.ticket, [entry])
        return event
