"""Retention: what is destroyed, what stays, and that killed runs lose nothing."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from departments.models import Correction
from tests.attachments import attach_after_photo
from tests.pictures import photo
from tests.tickets import histories
from tests.tickets.histories import Step
from tests.tickets.world import NOW, World, here
from tests.traces import files
from tickets.attachments.blurring import blur
from tickets.casework.classifying import classify
from tickets.casework.locating import locate
from tickets.casework.rating import rate
from tickets.files.images import Region
from tickets.files.storage import SAMPLES, private_storage
from tickets.models import (
    Access,
    Attachment,
    CallBack,
    Citizen,
    CitizenBlock,
    CitizenNote,
    Destruction,
    LegalHold,
    LocationSource,
    MonthlyReport,
    PendingFileDeletion,
    PhoneCall,
    ReplyDraft,
    Retention,
    ScheduledReply,
    Ticket,
    TicketEvent,
)
from tickets.privacy import destruction, erasure
from tickets.privacy.legal_holds import lift_hold, place_hold
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed
from tickets.reports import interface
from tickets.reports.interface import Group, Interval, Period
from tickets.reports.monthly_mails import keep_monthly_reports

YEAR, TWO_YEARS = timedelta(days=366), timedelta(days=731)
pytestmark = pytest.mark.usefixtures("media_root")


@pytest.fixture
def media_root(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def closed(world: World, **facts: Any) -> Ticket:
    ticket = world.resolved(address="Gül sokak 3", point=here(), location_source="pin", **facts)
    return world.move(ticket, Status.CLOSED)


def with_photo(world: World, ticket: Ticket) -> Attachment:
    return attach_after_photo(ticket=ticket, actor=world.actor("supervisor"), now=NOW)


@pytest.mark.slow
def test_who_is_put_under_a_hold_during_a_run_is_spared_by_the_rest_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destruction, "BATCH", 1)
    first = closed(world)
    second = closed(world, citizen=Citizen.objects.create(name="Ali Veli"))

    def clock() -> datetime:
        first.refresh_from_db()
        if first.forgotten_at and not LegalHold.objects.exists():
            place_hold(actor=world.actor("dpo"), now=NOW, reason="dava", ticket=second)
        return NOW + TWO_YEARS

    assert destruction.destroy(clock)["başvuru"] == 1
    second.refresh_from_db()
    assert second.forgotten_at is None


@pytest.mark.slow
def test_a_ticket_is_forgotten_two_years_after_it_was_closed_and_not_before(world: World) -> None:
    ticket = closed(world)
    assert destruction.destroy(at(NOW + TWO_YEARS - timedelta(days=2))) == {}
    assert destruction.destroy(at(NOW + TWO_YEARS)) == {"başvuru": 1, "vatandaş": 1}
    ticket.refresh_from_db()
    assert (ticket.citizen, ticket.description, ticket.summary, ticket.address) == (None, "", "", "")
    assert (ticket.public_code, ticket.category, ticket.outcome) == (None, world.pothole, "RESOLVED")


@pytest.mark.slow
def test_an_open_ticket_is_never_forgotten(world: World) -> None:
    ticket = world.resolved()
    destruction.destroy(at(NOW + TWO_YEARS))
    ticket.refresh_from_db()
    assert ticket.description


@pytest.mark.slow
def test_of_a_place_a_hundred_metres_are_left(world: World) -> None:
    ticket = closed(world)
    Ticket.objects.filter(pk=ticket.pk).update(lat=38.72156, lon=35.49149)
    destruction.destroy(at(NOW + TWO_YEARS))
    ticket.refresh_from_db()
    assert (ticket.lat, ticket.lon) == (38.722, 35.491)


@pytest.mark.slow
def test_a_timeline_keeps_its_moves_and_no_word(world: World) -> None:
    ticket = world.assigned()
    world.move(ticket, Status.REJECTED, reason="Komşusu Ali söyledi", answer="Olmaz", note="Ali sinirli")
    world.move(ticket, Status.CLOSED)
    locate(
        ticket=ticket, actor=Actor.system(), now=NOW, point=here(), source=LocationSource.PIN, address="Gül 3"
    )
    story = ticket.events.order_by("id").values_list("kind", "at", "from_status", "to_status", "actor")
    moves = list(story.all())
    destruction.destroy(at(NOW + TWO_YEARS))
    assert list(story.all())[:-1] == moves
    assert {(each.public_text, each.note) for each in ticket.events.all()} == {("", "")}
    assert all(set(each.data) <= set(erasure.KEPT_OF_EVENTS) for each in ticket.events.all())
    assert ticket.events.latest("id").kind == TicketEvent.Kind.FORGOTTEN


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [{"public_text": "x"}, {"data": {"department": "PARK"}}, {"to_status": "NEW"}, {"at": NOW + YEAR}],
)
def test_of_a_forgotten_ticket_too_nothing_else_can_be_changed(world: World, change: dict[str, Any]) -> None:
    ticket = closed(world)
    destruction.destroy(at(NOW + TWO_YEARS))
    with pytest.raises(IntegrityError), transaction.atomic():
        ticket.events.filter(kind="moved").update(**change)


def test_words_cannot_be_taken_out_of_a_ticket_that_is_known(world: World) -> None:
    ticket = closed(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        ticket.events.update(public_text="", note="", data={})


@pytest.mark.slow
def test_files_go_a_year_after_closing_and_stay_listed(world: World, media_root: Path) -> None:
    kept = with_photo(world, closed(world))
    assert len(files(media_root)) == 2
    assert destruction.destroy(at(NOW + YEAR)) == {"başvurunun dosyası": 1}
    kept.refresh_from_db()
    assert (kept.state, str(kept.file), files(media_root)) == ("destroyed", "", {})


def test_of_a_blurred_photo_nothing_is_left_in_any_size(world: World, media_root: Path) -> None:
    kept = with_photo(world, closed(world))
    blur(attachment=kept, actor=world.actor("supervisor"), now=NOW, regions=[Region(0, 0, 1, 1)])
    assert len(files(media_root)) == 4
    destruction.destroy(at(NOW + YEAR))
    assert files(media_root) == {}


def test_days_are_those_of_the_table(world: World) -> None:
    closed(world)
    Retention.objects.filter(kind="identity").update(days=100)
    assert destruction.due(NOW + timedelta(days=101)) == {"başvuru": 1, "vatandaş": 1}
    Retention.objects.all().delete()
    assert destruction.due(NOW + timedelta(days=101)) == {}


def test_somebody_with_an_older_and_a_newer_ticket_is_forgotten_with_the_newer(world: World) -> None:
    old = closed(world)
    Ticket.objects.filter(pk=old.pk).update(closed_at=NOW - timedelta(days=300))
    new = closed(world)
    assert destruction.destroy(at(NOW + timedelta(days=500))) == {"başvuru": 1}
    new.refresh_from_db()
    assert new.citizen == world.citizen
    assert Citizen.objects.get(pk=world.citizen.pk).name


@pytest.mark.slow
def test_counting_beforehand_changes_nothing_and_says_the_same(world: World) -> None:
    with_photo(world, closed(world))
    then = at(NOW + TWO_YEARS)
    expected = destruction.due(then())
    assert expected == {"başvuru": 1, "vatandaş": 1, "başvurunun dosyası": 1}
    assert not Destruction.objects.exists()
    assert destruction.destroy(then) == expected


@pytest.mark.slow
def test_every_batch_is_in_the_log_with_its_rule(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destruction, "BATCH", 2)
    for _ in range(3):
        closed(world)
    destruction.destroy(at(NOW + TWO_YEARS))
    log = list(Destruction.objects.order_by("id"))
    assert {(entry.rule, entry.by) for entry in log} == {("identity", None)}
    assert [entry.counts for entry in log] == [{"başvuru": 2}, {"başvuru": 1}, {"vatandaş": 1}]


@pytest.mark.parametrize("log", [Destruction, Access])
def test_nobody_can_change_or_delete_what_a_log_says(world: World, log: Any) -> None:
    place_hold(ticket=world.open(), actor=world.actor("dpo"), now=NOW, reason="Dava")
    Destruction.objects.create(at=NOW, counts={})
    with pytest.raises(IntegrityError), transaction.atomic():
        log.objects.update(at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        log.objects.all().delete()


@pytest.mark.slow
def test_a_run_stops_when_its_time_is_over_and_the_next_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destruction, "BATCH", 1)
    for _ in range(3):
        closed(world)
    then = NOW + TWO_YEARS
    late = lambda: then + timedelta(hours=Destruction.objects.count())  # noqa: E731
    assert destruction.destroy(late, until=then + timedelta(hours=2)) == {"başvuru": 2}
    assert destruction.destroy(at(then)) == {"başvuru": 1, "vatandaş": 1}


@pytest.mark.slow
def test_a_batch_that_fails_leaves_rows_and_files_as_they_were(
    world: World, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = with_photo(world, closed(world))
    monkeypatch.setattr(Destruction.objects, "create", lambda **_: 1 / 0)
    destruction.destroy(at(NOW + YEAR))
    kept.refresh_from_db()
    assert (media_root / str(kept.file)).exists()
    assert not PendingFileDeletion.objects.exists()


@pytest.mark.slow
def test_killed_between_rows_and_files_the_next_run_removes_the_files(
    world: World, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = with_photo(world, closed(world))
    with monkeypatch.context() as killed:
        killed.setattr(private_storage, "delete", lambda _name: 1 / 0)
        destruction.destroy(at(NOW + YEAR))
    kept.refresh_from_db()
    assert not kept.file
    assert len(files(media_root)) == 2
    destruction.destroy(at(NOW))
    assert files(media_root) == {}
    assert not PendingFileDeletion.objects.exists()


@pytest.mark.slow
def test_a_sample_that_filled_tickets_share_stays(world: World, media_root: Path) -> None:
    name = private_storage.save(f"{SAMPLES}park-0.jpg", BytesIO(photo()))
    kept = with_photo(world, closed(world))
    Attachment.objects.filter(pk=kept.pk).update(file=name)
    destruction.destroy(at(NOW + YEAR))
    assert name in files(media_root)


def test_a_file_that_no_row_names_goes_after_a_day(world: World, media_root: Path) -> None:
    kept = with_photo(world, closed(world))
    folder = (media_root / str(kept.file)).parent
    for name, age in (("old", 2), ("new", 0)):
        (folder / name).write_bytes(b"x")
        then = (NOW - timedelta(days=age)).timestamp()
        os.utime(folder / name, (then, then))
    (media_root / "open-data").mkdir()
    (media_root / "open-data" / "2020.csv").write_bytes(b"x")
    assert destruction.delete_orphaned_files(NOW + timedelta(minutes=1)) == 1
    left = {Path(name).name for name in files(media_root)}
    assert left == {Path(str(kept.file)).name, Path(str(kept.thumbnail)).name, "new", "2020.csv"}


def test_a_hold_keeps_a_ticket_its_files_and_its_citizen_until_it_is_lifted(world: World) -> None:
    ticket = closed(world)
    with_photo(world, ticket)
    other = closed(world)
    dpo = world.actor("dpo")
    held = place_hold(ticket=other, actor=dpo, now=NOW, reason="2026/15 E. sayılı dava")
    assert destruction.destroy(at(NOW + TWO_YEARS)) == {}
    lift_hold(held=held, actor=dpo, now=NOW)
    assert destruction.due(NOW + TWO_YEARS) == {"başvuru": 2, "vatandaş": 1, "başvurunun dosyası": 1}
    assert list(Access.objects.order_by("id").values_list("what", "tickets")) == [
        ("held", [other.number]),
        ("lifted", [other.number]),
    ]


def test_a_hold_is_refused_without_reason_right_or_need(world: World) -> None:
    ticket, dpo = world.open(), world.actor("dpo")
    with pytest.raises(MissingFields):
        place_hold(ticket=ticket, actor=dpo, now=NOW, reason=" ")
    with pytest.raises(NotAllowed):
        place_hold(ticket=ticket, actor=world.actor("supervisor"), now=NOW, reason="Dava")
    place_hold(ticket=ticket, actor=dpo, now=NOW, reason="Dava")
    with pytest.raises(NoSuchTransition):
        place_hold(ticket=ticket, actor=dpo, now=NOW, reason="Dava")
    assert (LegalHold.objects.count(), Access.objects.count()) == (1, 1)


def test_nobody_is_named_in_a_reason(world: World) -> None:
    held = place_hold(
        citizen=world.citizen,
        actor=world.actor("dpo"),
        now=NOW,
        reason="Ayşe Yılmaz’ın davası 2026/15 E., 0532 123 45 67",
    )
    assert held.reason == "… …’ın davası 2026/15 E., …"


def test_what_was_learned_from_a_ticket_goes_with_it(world: World) -> None:
    said = {"category": "agac", "department": "PARK", "alternatives": [], "model": "1"}
    ticket = world.open(routed=said, description="Gül sokakta çukur")
    classify(ticket=ticket, category=world.pothole, actor=world.actor("operator"), now=NOW)
    assert Correction.objects.count() == 1
    world.move(world.move(ticket, Status.RESOLVED, answer="x"), Status.CLOSED)
    Correction.objects.create(
        text="başka", kind="talep", said="x", category=world.pothole, model_version="1", at=FAR
    )
    destruction.destroy(at(NOW + TWO_YEARS))
    assert list(Correction.objects.values_list("text", flat=True)) == ["başka"]


FAR = NOW + timedelta(days=1)


@pytest.mark.slow
def test_a_quote_leaves_the_monthly_report_with_whoever_said_it(world: World) -> None:
    for words in ("Ben Ayşe Yılmaz, sağ olun", "Geç oldu"):
        ticket = world.resolved()
        rate(ticket=ticket, actor=Actor.citizen(), now=NOW, score=5, comment=words)
        world.move(ticket, Status.CLOSED)
    keep_monthly_reports(now=NOW + timedelta(days=30))
    report = MonthlyReport.objects.get(department=None)
    assert len(report.figures["words"]) == 2
    Ticket.objects.filter(satisfaction_comment="Geç oldu").update(closed_at=NOW + YEAR)
    destruction.destroy(at(NOW + TWO_YEARS))
    report.refresh_from_db()
    assert [word["text"] for word in report.figures["words"]] == ["Geç oldu"]


@pytest.mark.slow
def test_the_command_prints_what_went_and_with_dry_run_what_would(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket = closed(world)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=NOW - TWO_YEARS * 2)
    Citizen.objects.update(created_at=NOW - TWO_YEARS * 3)
    call_command("retention", "--dry-run")
    call_command("retention")
    call_command("retention")
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == second == '{"başvuru": 1, "vatandaş": 1, "sahipsiz dosya": 0}'
    assert third == '{"sahipsiz dosya": 0}'


def figures_of(now: datetime) -> list[Any]:
    """Every figure there is, over the whole of the time and in parts."""
    tickets = Ticket.objects.all()
    whole = Period.of_days(histories.START.date(), now.date() + timedelta(days=1))
    found: list[Any] = [interface.summary(tickets, whole, now), interface.backlog(tickets, now)]
    found += [interface.grouped(tickets, whole, now, group) for group in Group]
    found += [
        interface.trend(tickets, whole, Interval.WEEK),
        interface.accuracy(tickets, whole, Interval.WEEK),
    ]
    found.append(interface.confusions(tickets, whole))
    boxes = (None, (35.40, 38.70, 35.4712, 38.7251))
    found += [interface.clusters(tickets, whole, zoom, box) for zoom in (11, 18) for box in boxes]
    return found


@pytest.mark.slow
@examples(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories.steps, which=st.sets(st.integers(0, 2)))
def test_every_figure_is_the_same_before_and_after(
    world: World, history: list[Step], which: set[int]
) -> None:
    with transaction.atomic():
        opened, now = histories.live(world, history)
        before = figures_of(now)
        keys = [ticket.pk for number, ticket in enumerate(opened) if number in which]
        erasure.forget_tickets(keys, now, Actor.scheduler())
        assert figures_of(now) == before
        assert Ticket.objects.filter(pk__in=keys, forgotten_at=None).count() == 0
        transaction.set_rollback(True)


def test_no_index_is_missing_for_what_the_night_looks_for(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        due = {chore.name: chore.due.explain() for chore in destruction.retention_rules(NOW)}
    assert "Index Cond: (closed_at <" in due["başvuru"]


@pytest.mark.slow
def test_what_staff_keep_of_people_goes_at_its_age(world: World) -> None:
    operator, citizen = world.user("operator"), world.citizen
    ReplyDraft.objects.create(user=operator, citizen=citizen, text="Yarın", updated_at=NOW)
    PhoneCall.objects.create(citizen=citizen, result="busy", note="Doluydu", by=operator, at=NOW)
    of_ticket = PhoneCall.objects.create(
        citizen=citizen, ticket=world.assigned(), result="busy", note="Doluydu", by=operator, at=NOW
    )
    CallBack.objects.create(citizen=citizen, due_at=NOW, created_at=NOW, ended_at=NOW)
    CitizenBlock.objects.create(
        citizen=citizen, reason="Hakaret", since=NOW, until=NOW, by=operator, lifted_at=NOW
    )
    CitizenNote.objects.create(citizen=citizen, purpose="access", text="İşitmiyor", by=operator, at=NOW)
    soon = {"cevap taslağı": 1, "telefon görüşmesinin notu": 1, "geri arama": 1, "biten engel": 1}
    assert destruction.destroy(at(NOW + timedelta(days=91))) == soon
    assert destruction.destroy(at(NOW + TWO_YEARS)) == {"kişi notu": 1}
    of_ticket.refresh_from_db()
    assert of_ticket.note  # it goes with its ticket


@pytest.mark.slow
def test_a_ticket_that_goes_takes_its_calls_words_and_replies_along(world: World) -> None:
    ticket, operator = closed(world), world.user("operator")
    call = PhoneCall.objects.create(
        citizen=world.citizen, ticket=ticket, result="busy", note="Doluydu", by=operator, at=NOW
    )
    ScheduledReply.objects.create(
        ticket=ticket, author=operator, text="Yarın", due_at=NOW, created_at=NOW, state="unsent"
    )
    destruction.destroy(at(NOW + TWO_YEARS))
    call.refresh_from_db()
    assert (call.note, call.ticket) == ("", None)
    assert not ScheduledReply.objects.exists()
