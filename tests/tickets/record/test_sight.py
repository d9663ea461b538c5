"""Who sees what, in random histories: each filter of permissions.py against plain Python, person by person and row by
row.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from departments.models import Department, DutyShift, Membership, Role
from tests.tickets.world import World
from tickets.answering.phone_calls import visible_call_backs
from tickets.desk.waiting_list.entries import WaitingTab, What, waiting
from tickets.models import CallBack, Citizen, Notification, Snooze, Ticket, WaitingConversation
from tickets.notifications.notifications import still_theirs
from tickets.record.permissions import (
    actor_of,
    by_role,
    hidden_from,
    visible_citizens,
    visible_handovers,
    visible_to,
    who_may_see,
)

TICKETS, CITIZENS, PEOPLE = 25, 12, 14
ROLES = tuple(Role)


@dataclass
class Person:
    """Somebody with their roles, each with its department, and the departments of their duty (None: all)."""

    user: User
    roles: set[tuple[Role, Department | None]] = field(default_factory=set)
    duties: set[Department | None] = field(default_factory=set)

    def has(self, *wanted: Role) -> bool:
        return any(role in wanted for role, _ in self.roles)

    def of(self, role: Role) -> set[Department | None]:
        return {department for each, department in self.roles if each is role}

    @property
    def sees_all(self) -> bool:
        return self.user.is_superuser or self.has(Role.SUPERVISOR)

    def by_role(self, ticket: Ticket) -> bool:
        if self.sees_all or self.has(Role.DPO):
            return True
        secret = ticket.category is not None and ticket.category.restricted
        here = ticket.department
        return (
            (here is not None and here in self.of(Role.HEAD))
            or (here is not None and here in self.of(Role.CREW) and not secret)
            or (self.has(Role.CREW) and ticket.assignee == self.user)
            or (self.has(Role.OPERATOR) and not secret)
        )

    def sees(self, ticket: Ticket) -> bool:
        if self.sees_all:
            return True
        if ticket.restricted:
            on_duty = None in self.duties or (
                ticket.department is not None and ticket.department in self.duties
            )
            return on_duty or ticket.claimed_by == self.user
        return self.by_role(ticket) or (ticket.is_danger and bool(self.duties))

    def sees_talk(self, talk: WaitingConversation, tickets: Iterable[Ticket]) -> bool:
        if self.sees_all:
            return True
        theirs = [each for each in tickets if each.citizen_id == talk.citizen_id]
        return (
            self.has(Role.OPERATOR)
            and (talk.ticket is None or self.sees(talk.ticket))
            and not any(each.restricted and not self.sees(each) for each in theirs)
        )

    def sees_citizen(self, citizen: Citizen, tickets: Iterable[Ticket]) -> bool:
        theirs = [each for each in tickets if each.citizen_id == citizen.pk]
        of_nobody = self.has(Role.OPERATOR) and not theirs
        return self.sees_all or of_nobody or any(map(self.sees, theirs))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_each_filter_answers_as_one_would_person_by_person(world: World, seed: int) -> None:
    chance = random.Random(seed)
    people = _people(world, chance)
    tickets = _tickets(world, chance, people)
    talks = [
        _talk(chance, citizen, tickets, people) for citizen in Citizen.objects.all() if chance.random() < 0.8
    ]
    calls = [_call(chance, citizen, tickets) for citizen in Citizen.objects.all()]
    for person in people:
        user, actor = person.user, actor_of(person.user)
        seen = {each for each in tickets if person.sees(each)}
        assert set(visible_to(user)) == seen
        assert set(by_role(actor)) == {each for each in tickets if person.by_role(each)}
        assert set(hidden_from(user)) == {each for each in tickets if each.restricted} - seen
        seen_talks = {each for each in talks if person.sees_talk(each, tickets)}
        assert set(visible_handovers(actor)) == seen_talks
        known = {each for each in Citizen.objects.all() if person.sees_citizen(each, tickets)}
        assert set(visible_citizens(actor)) == known
        of_seen = {each for each in calls if each.ticket is None or each.ticket in seen}
        assert set(visible_call_backs(actor)) == {each for each in of_seen if each.citizen in known}
        _put_off_and_told(person, seen, seen_talks, tickets, talks)
    for ticket in tickets:
        among = who_may_see(ticket).filter(pk__in=[each.user.pk for each in people])
        assert set(among) == {each.user for each in people if each.sees(ticket)}


def _put_off_and_told(
    person: Person,
    seen: set[Ticket],
    seen_talks: set[WaitingConversation],
    tickets: list[Ticket],
    talks: list[WaitingConversation],
) -> None:
    """What somebody put off, and what they were told of, of every ticket and of every talk."""
    user, actor, now = person.user, actor_of(person.user), timezone.now()
    at: dict[str, Any] = {"user": user, "at": now, "until": now + timedelta(hours=1)}
    of_tickets = [Snooze.objects.create(ticket=each, **at) for each in tickets]
    of_talks = [Snooze.objects.create(handover=each, **at) for each in talks]
    entries = waiting(actor, WaitingTab.ASLEEP, now)
    assert {each.key for each in entries if each.what == What.TICKET} == {each.pk for each in seen}
    assert {each.key for each in entries if each.what == What.TALK} == {each.pk for each in seen_talks}
    kinds = Notification.Kind
    told: dict[str, Any] = {"user": user, "at": now}
    rows = [
        *(Notification(ticket=each, kind=kinds.WORK, **told) for each in tickets),
        *(Notification(ticket=each, kind=kinds.DANGER, **told) for each in tickets),
        *(Notification(snooze=each, kind=kinds.WAITING, **told) for each in (*of_tickets, *of_talks)),
        *(Notification(handover=each, kind=kinds.WAITING, **told) for each in talks),
    ]
    Notification.objects.bulk_create(rows)
    theirs = set(still_theirs(Notification.objects.filter(user=user), user))
    assert theirs == {each for each in rows if _is_theirs(each, seen)}
    Snooze.objects.all().delete()


def _is_theirs(notification: Notification, seen: set[Ticket]) -> bool:
    if notification.ticket is None:
        snooze = notification.snooze
        return snooze is None or snooze.ticket is None or snooze.ticket in seen
    rung = notification.kind == Notification.Kind.DANGER and not notification.ticket.restricted
    return notification.ticket in seen or rung


def _people(world: World, chance: random.Random) -> list[Person]:
    """The boss, and people with none to three roles, of whom some are on duty."""
    now = timezone.now()
    shift = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
    people = [Person(world.user("admin"))]
    for number in range(PEOPLE):
        person = Person(User.objects.create_user(f"kisi{number}", is_staff=True))
        for role in chance.sample(ROLES, chance.choice((0, 1, 1, 1, 2, 3))):
            department = chance.choice((world.fen, world.park)) if role in (Role.HEAD, Role.CREW) else None
            Membership.objects.create(user=person.user, role=role, department=department)
            person.roles.add((role, department))
        for department in chance.sample((None, world.fen, world.park), chance.choice((0, 0, 1, 1, 2))):
            DutyShift.objects.create(user=person.user, department=department, **shift)
            person.duties.add(department)
        people.append(person)
    return people


def _tickets(world: World, chance: random.Random, people: list[Person]) -> list[Ticket]:
    citizens = [Citizen.objects.create(name=f"Yurttaş {number}") for number in range(CITIZENS)]
    for _ in range(TICKETS):
        ticket = world.open(citizen=chance.choice((*citizens[:-2], None)))
        danger = chance.random() < 0.4
        facts: dict[str, Any] = {
            "department": chance.choice((world.fen, world.park, None)),
            "category": chance.choice((world.pothole, world.misconduct, None)),
            "danger": "fire" if danger and chance.random() < 0.7 else "",
            "danger_unsure": danger and chance.random() < 0.4,
            "restricted": chance.random() < 0.35,
            "assignee": chance.choice((None, *people)),
            "claimed_by": chance.choice((None, *people)),
        }
        people_of = {name: facts[name].user for name in ("assignee", "claimed_by") if facts[name]}
        Ticket.objects.filter(pk=ticket.pk).update(
            **facts | {"assignee": None, "claimed_by": None} | people_of
        )
    related = ("category", "department", "assignee", "claimed_by")
    return list(Ticket.objects.select_related(*related))


def _talk(
    chance: random.Random, citizen: Citizen, tickets: list[Ticket], people: list[Person]
) -> WaitingConversation:
    now = timezone.now()
    of = chance.choice((None, *[each for each in tickets if each.citizen_id == citizen.pk]))
    whose = chance.choice((None, *people))
    return WaitingConversation.objects.create(
        citizen=citizen,
        ticket=of,
        reason=WaitingConversation.Reason.ASKED,
        since=now,
        last_at=now,
        assignee=whose.user if whose else None,
    )


def _call(chance: random.Random, citizen: Citizen, tickets: list[Ticket]) -> CallBack:
    now = timezone.now()
    of = chance.choice((None, chance.choice(tickets)))
    return CallBack.objects.create(citizen=citizen, ticket=of, due_at=now, created_at=now)
