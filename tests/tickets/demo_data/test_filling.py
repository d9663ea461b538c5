"""Demonstration data: rows as the services would have written them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker, Settings

from departments.base_data.loading import load_base_data
from departments.common import cache
from departments.common.cache import RevalidatedCache
from departments.models import Agency, Department, DutyShift
from departments.working_time.duty import hours_without_duty
from departments.working_time.entered_hours import calendar_of
from departments.working_time.working_hours import ISTANBUL
from tests.attachments import attach_file
from tests.once import once
from tickets import demo_data
from tickets.casework.assigning import assign
from tickets.casework.descriptions import describe
from tickets.casework.notes import add_note
from tickets.casework.opening import Report, open_ticket
from tickets.casework.rating import rate
from tickets.casework.transitions import change_status
from tickets.deadlines.clocks import watch_clocks
from tickets.demo_data import fill
from tickets.demo_data.batches import Batch, BatchGenerator, TicketStart
from tickets.demo_data.desk import CANNED
from tickets.demo_data.pictures import pictures
from tickets.demo_data.random_draws import District
from tickets.demo_data.staff_at_work import AFTER_PHOTOS, enliven
from tickets.files.storage import StoredFile
from tickets.models import (
    Attachment,
    Breach,
    CannedAnswer,
    Citizen,
    Kind,
    Source,
    Stage,
    Ticket,
    TicketEvent,
    WaitingConversation,
)
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Outcome, Status
from tickets.record.workflow import ActorKind

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=ISTANBUL)
WHOSE = {
    ActorKind.CITIZEN: Actor.citizen(),
    ActorKind.LINE: Actor.system(),
    ActorKind.CLOCK: Actor.scheduler(),
}
# What a replayed ticket cannot share with the filled one.
OWN = {"id", "_state", "number", "public_code", "search", "duplicate_of_id"}


def begin() -> None:
    load_base_data()
    call_command("demo_accounts", stdout=StringIO())


@pytest.fixture(scope="module")
def _begun(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    yield from once(django_db_blocker, begin)


@pytest.fixture(autouse=True)
def base(_begun: None, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    cache.refresh()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("fill", *arguments, stdout=out)
    return out.getvalue()


def facts(ticket: Ticket) -> dict[str, Any]:
    return {name: value for name, value in vars(ticket).items() if name not in OWN and name[0] != "_"}


class Replay:
    """Does again by the services what a filled timeline says was done."""

    def __init__(self, filled: Ticket) -> None:
        self.filled = filled
        self.events = list(filled.events.select_related("actor").order_by("id"))

    def ticket(self) -> Ticket:
        first, *later = self.events
        sent = [
            event.data["from_department"]
            for event in later
            if event.from_status == Status.NEW
            if event.to_status == Status.ASSIGNED
        ]
        category = self.filled.category
        assert category
        described = [event.data["text"] for event in later if event.kind == TicketEvent.Kind.DESCRIBED]
        words = self.filled.description.removesuffix("\n".join(["", *described]))
        at_once = category.department if all(sent) and category.agency is None else None
        self.copy = open_ticket(
            report=Report(
                **{
                    name: getattr(self.filled, name)
                    for name in ("channel", "kind", "citizen", "urgent", "urgent_reason", "routed")
                },
                description=words,
                category=category,
                department=at_once if sent else self.filled.department,
                proposed_agency=category.agency,
            ),
            actor=Actor.system(),
            now=first.at,
        )
        skip = 1 if self.copy.status == Status.ASSIGNED else 0
        for before, event in zip([first, *later][skip:], later[skip:], strict=False):
            # A move after what the citizen answered was made by the answer already.
            if (before.kind, event.kind) != (TicketEvent.Kind.DESCRIBED, TicketEvent.Kind.MOVED):
                self._again(event)
        return Ticket.objects.get(pk=self.copy.pk)

    def _again(self, event: TicketEvent) -> None:
        who: dict[str, Any] = {"ticket": self.copy, "now": event.at}
        who["actor"] = actor_of(event.actor) if event.actor else WHOSE[ActorKind(event.actor_kind)]
        match TicketEvent.Kind(event.kind):
            case TicketEvent.Kind.MOVED:
                change_status(**who, to=Status(event.to_status), **self._details(event))
            case TicketEvent.Kind.NOTE:
                add_note(**who, text=event.note)
            case TicketEvent.Kind.ASSIGNED:
                assign(**who, assignee=event.actor)
            case TicketEvent.Kind.DESCRIBED:
                describe(**who, text=event.data["text"])
            case TicketEvent.Kind.RATED:
                rate(**who, score=event.data["score"], comment=event.data["comment"])
            case TicketEvent.Kind.ATTACHED:
                stored = StoredFile("x.jpg", "", 1, "image/jpeg")
                attach_file(**who, kind=Attachment.Kind.IMAGE, mime_type="image/jpeg", stored=stored)
            case _:
                raise AssertionError(f"no filled timeline goes on with {event.kind}")

    def _details(self, event: TicketEvent) -> dict[str, Any]:
        data, agency = event.data, event.data.get("agency")
        return {
            "answer": data.get("answer", "" if agency else event.public_text),
            "note": event.note,
            "reason": data.get("reason", ""),
            "planned_for": date.fromisoformat(data["planned_for"]) if "planned_for" in data else None,
            "agency": Agency.objects.get(code=agency) if agency else None,
            "duplicate_of": Ticket.objects.get(number=data["duplicate_of"])
            if "duplicate_of" in data
            else None,
            "department": Department.objects.get(code=data["department"])
            if event.to_status == Status.ASSIGNED and event.actor_kind == ActorKind.STAFF
            else None,
        }


def test_every_ticket_is_what_the_services_make_of_its_timeline() -> None:
    fill(tickets=60, seed=7, days=30, now=NOW)
    place = {"lat", "lon", "location_source", "address", "neighbourhood_id"}  # given before it is opened
    for filled in Ticket.objects.select_related("category__department", "category__agency").order_by("id")[
        :150
    ]:
        again = Replay(filled).ticket()
        wanted = {name: value for name, value in facts(filled).items() if name not in place}
        assert {name: value for name, value in facts(again).items() if name not in place} == wanted
        told = (
            "kind",
            "from_status",
            "to_status",
            "public_text",
            "note",
            "data",
            "announce",
            "at",
            "actor_kind",
        )
        assert list(again.events.order_by("id").values(*told)) == list(
            filled.events.order_by("id").values(*told)
        )


def test_what_ran_out_is_kept_and_the_clock_finds_nothing_more() -> None:
    fill(tickets=200, seed=1, days=60, now=NOW)
    kept = Breach.objects.count()
    assert {breach.stage for breach in Breach.objects.all()} == {Stage.WARNING, Stage.BREACH}
    watch_clocks(now=NOW)
    assert Breach.objects.count() == kept
    assert not Breach.objects.filter(at__lt=F("due_at")).exists()


def test_every_status_is_there() -> None:
    fill(tickets=600, seed=1, days=30, now=NOW)
    assert set(Ticket.objects.values_list("status", flat=True)) == set(Status)


def test_the_same_seed_draws_the_same_district() -> None:
    drawn = []
    for _ in range(2):
        fill(tickets=40, seed=3, days=30, now=NOW)
        latest = Ticket.objects.order_by("-id")[:40]
        drawn.append([(each.summary, each.created_at, each.status, each.lat) for each in latest])
    assert drawn[0] == drawn[1]


def test_pieces_that_grow_in_other_processes_are_one_district(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_data, "BATCH", 20)
    fill(tickets=300, seed=3, days=30, now=NOW)
    numbers = list(Ticket.objects.order_by("created_at").values_list("number", flat=True))
    assert numbers == [f"MG-2026-{number:06}" for number in range(1, 301)]
    assert Citizen.objects.count() == Ticket.objects.values("citizen").distinct().count() < 300
    assert Ticket.objects.filter(duplicate_of__isnull=False).exists()
    assert Attachment.objects.exclude(event__ticket=F("ticket")).count() == 0


def test_growing_asks_the_database_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    district, beginning = District(Random(1)), datetime(2026, 9, 1, 10, tzinfo=ISTANBUL)
    generator = BatchGenerator(district, pictures(Random(1)), NOW)
    calendar_of(None)
    starts = [
        TicketStart(key, f"MG-2026-{key:06}", beginning, (1, "Ayşe Kaya"), newcomer=True)
        for key in range(1, 101)
    ]
    with django_assert_num_queries(0), RevalidatedCache.frozen():
        assert len(generator.generate(Batch("1", starts)).tickets) == 100


def test_the_tables_stand_as_before_though_a_lot_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    before = indexes_and_constraints()
    monkeypatch.setattr(demo_data, "MANY", 1)
    fill(tickets=30, seed=1, days=30, now=NOW)
    assert indexes_and_constraints() == before
    assert Ticket.objects.count() == 30


def indexes_and_constraints() -> set[tuple[object, ...]]:
    # Names only: PostgreSQL itself writes the same condition in several ways.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON indexrelid = pg_class.oid"
            " UNION SELECT conname, convalidated FROM pg_constraint"
        )
        return set(cursor.fetchall())


def test_another_seed_draws_another() -> None:
    for seed in (3, 4):
        fill(tickets=40, seed=seed, days=30, now=NOW)
    summaries = list(Ticket.objects.order_by("id").values_list("summary", flat=True))
    assert summaries[:40] != summaries[40:]


def test_nothing_waits_to_be_told_and_nothing_lies_in_the_future() -> None:
    fill(tickets=100, seed=1, days=30, now=NOW)
    assert not TicketEvent.objects.filter(announce=True, announced_at=None).exists()
    assert not TicketEvent.objects.filter(at__gt=NOW).exists()
    assert Ticket.objects.earliest("created_at").created_at > NOW - timedelta(days=32)


def test_whoever_said_that_it_is_not_solved_or_answered_us_waits_for_a_person() -> None:
    fill(tickets=400, seed=1, days=30, now=NOW)
    reopened = TicketEvent.objects.filter(
        kind="moved", actor_kind="citizen", ticket__outcome=None, at=F("ticket__waits_since")
    )
    people = {event.ticket.citizen_id for event in reopened}
    assert people
    waiting = WaitingConversation.objects.filter(ended_at=None)
    assert {row.citizen_id for row in waiting} == people
    assert {row.since for row in waiting} <= {event.at for event in reopened}


def test_the_desk_has_canned_answers_and_macros_and_none_of_them_twice() -> None:
    for _ in range(2):
        fill(tickets=10, seed=1, days=30, now=NOW)
    rows = CannedAnswer.objects.all()
    assert len(rows) == len(CANNED)
    assert any(row.is_macro for row in rows)
    for row in rows:
        row.full_clean()


def test_the_next_ticket_gets_the_next_number() -> None:
    fill(tickets=50, seed=1, days=30, now=NOW)
    assert somebody_writes().number == "MG-2026-000051"


def somebody_writes() -> Ticket:
    report = Report(channel=Source.WHATSAPP, kind=Kind.TALEP)
    return open_ticket(report=report, actor=Actor.system(), now=NOW)


def test_numbers_follow_the_time_and_the_year() -> None:
    fill(tickets=60, seed=1, days=30, now=datetime(2027, 1, 10, tzinfo=ISTANBUL))
    for ticket in Ticket.objects.all():
        assert ticket.number.startswith(f"MG-{ticket.created_at.astimezone(ISTANBUL).year}-")
    of_2026 = Ticket.objects.filter(number__startswith="MG-2026").order_by("created_at")
    assert [each.number for each in of_2026] == sorted(each.number for each in of_2026)


def test_photos_can_be_opened() -> None:
    fill(tickets=60, seed=1, days=30, now=NOW)
    for attachment in Attachment.objects.all():
        assert attachment.file.size == attachment.size
        assert attachment.thumbnail.size


def test_nobody_of_the_district_has_a_telephone_that_could_ring() -> None:
    fill(tickets=60, seed=1, days=30, now=NOW)
    phones = list(Citizen.objects.exclude(phone=None).values_list("phone", flat=True))
    assert phones
    assert all(str(phone).startswith("+90599") for phone in phones)


def test_a_line_with_tickets_is_left_alone() -> None:
    somebody_writes()
    with pytest.raises(CommandError, match="--force"):
        run("--tickets", "10")
    assert run("--tickets", "10", "--if-empty") == ""
    assert Ticket.objects.count() == 1


def test_force_adds_to_it_all_the_same() -> None:
    somebody_writes()
    assert run("--tickets", "10", "--force").startswith("10 başvuru")
    assert Ticket.objects.count() == 11


def test_an_office_at_work_has_names_a_roster_without_a_gap_and_photos_of_finished_work() -> None:
    fill(tickets=200, seed=1, days=30, now=NOW)
    for _ in range(2):  # a second call changes nothing
        enliven(NOW)
        assert User.objects.get(username="operator").get_full_name() == "Elif Demir"
        assert hours_without_duty(NOW, NOW + timedelta(days=13)) == []
        shown = Attachment.objects.filter(after=True)
        assert 0 < shown.count() <= AFTER_PHOTOS
        assert not shown.exclude(ticket__outcome=Outcome.RESOLVED).exists()
        assert DutyShift.objects.count() == 15


def test_a_roster_and_names_that_staff_made_are_left_alone() -> None:
    boss = User.objects.get(username="supervisor")
    User.objects.filter(pk=boss.pk).update(first_name="Ayla")
    DutyShift.objects.create(user=boss, starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    enliven(NOW)
    boss.refresh_from_db()
    assert (boss.get_full_name(), DutyShift.objects.count()) == ("Ayla", 1)
