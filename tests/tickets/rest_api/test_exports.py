"""Large exports: answered with a link, made by a process of its own, kept for a day."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from departments.models import Membership, RowFailure, RowWork
from melikgazi.workers.schedule import SCHEDULE
from tests.tickets.api_clients.test_shares import taken
from tests.tickets.conftest import Caller
from tests.tickets.world import World
from tickets import tasks
from tickets.api_clients import shares
from tickets.attachments.file_deletion import delete_pending_files
from tickets.files.storage import private_storage
from tickets.models import Access, ApiKey, Export, Ticket
from tickets.privacy.erasure import erase
from tickets.record.permissions import actor_of
from tickets.rest_api import export_jobs, exports

URL = "/api/v1/tickets/"
BOUND = 2


@pytest.fixture(autouse=True)
def few_rows_at_once(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", {"csv": BOUND, "xlsx": BOUND})
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def many(world: World) -> list[Ticket]:
    return [world.assigned(description=f"Çukur {number}") for number in range(BOUND + 1)]


def ask(client: Any, **query: str) -> str:
    """Asks for a large export; returns its link."""
    answer = client.get(URL, {"format": "csv"} | query)
    assert answer.status_code == 202
    return str(answer.json()["link"])


def make() -> Export | None:
    """What a worker and the process that it begins do with the export that is due first."""
    if row := export_jobs.claim(timezone.now()):
        exports.make(row.file, timezone.now)
        row.refresh_from_db()
    return row


def content_of(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def refused(client: Any, link: str, status: int) -> str:
    answer = client.get(link)
    assert answer.status_code == status
    return str(answer.json()["detail"])


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def erase_ticket(world: World, ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(
        status="CLOSED", outcome="resolved", outcome_at=timezone.now(), closed_at=timezone.now()
    )
    dpo = actor_of(world.user("dpo"))
    erase(people=[], tickets=[ticket.pk], actor=dpo, now=timezone.now(), reason="Dilekçe")


def test_an_export_of_many_rows_is_answered_with_a_link(many: list[Ticket], api: Caller) -> None:
    answer = api("supervisor").get(URL, {"format": "csv"})
    assert answer.status_code == 202
    assert set(answer.json()) == {"id", "status", "format", "link", "created_at", "expires_at"}
    assert answer.headers["Location"] == answer.json()["link"]
    assert int(answer.headers["Retry-After"]) > 0


def test_an_export_of_as_many_rows_as_allowed_is_answered_at_once(world: World, api: Caller) -> None:
    for _ in range(BOUND):
        world.open()
    client: Any = api("supervisor")
    content_of(client.get(URL, {"format": "csv"}))
    assert not Export.objects.exists()


def test_the_link_tells_the_state_until_the_file_is_made(many: list[Ticket], api: Caller) -> None:
    client: Any = api("supervisor")
    link = ask(client)
    told = client.get(link)
    assert (told.status_code, told.json()["status"], told.json()["link"]) == (202, "waiting", link)
    export_jobs.claim(timezone.now())
    assert client.get(link).json()["status"] == "making"


@pytest.mark.parametrize("query", [{}, {"department": "FEN"}, {"q": "Çukur", "ordering": "-created_at"}])
def test_the_file_is_what_a_request_gives(
    world: World, many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    world.open(department=world.park)
    world.open(category=world.misconduct, department=world.fen)
    client: Any = api("supervisor")
    link = ask(client, **query)
    make()
    answer = client.get(link)
    monkeypatch.setattr(exports, "AT_ONCE", {"csv": 100})
    at_once = client.get(URL, {"format": "csv"} | query)
    assert content_of(answer) == content_of(at_once)
    assert (answer.headers["Content-Type"], answer.headers["Content-Disposition"]) == (
        at_once.headers["Content-Type"],
        at_once.headers["Content-Disposition"],
    )


def test_a_workbook_is_what_a_request_gives(
    many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows(answer: Any) -> list[Any]:
        return list(openpyxl.load_workbook(BytesIO(content_of(answer))).active.values)

    client: Any = api("supervisor")
    link = ask(client, format="xlsx")
    make()
    made = rows(client.get(link))
    monkeypatch.setattr(exports, "AT_ONCE", {"xlsx": 100})
    assert made == rows(client.get(URL, {"format": "xlsx"}))
    assert len(made) == len(many) + 1


def test_the_file_holds_what_its_asker_may_see(world: World, many: list[Ticket], api: Caller) -> None:
    foreign = world.open(department=world.park)
    client: Any = api("head_fen")
    link = ask(client)
    make()
    text = content_of(client.get(link)).decode()
    assert many[0].number in text
    assert foreign.number not in text


def test_a_department_key_gets_the_files_of_its_department(
    world: World, many: list[Ticket], api: Caller
) -> None:
    Membership.objects.create(user=world.user("head_fen"), role="head", department=world.park)
    foreign = world.open(department=world.park)
    client: Any = api("head_fen", department=world.fen)
    link = ask(client)
    make()
    assert foreign.number not in content_of(client.get(link)).decode()


def test_the_same_query_again_gives_the_same_link(
    many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_place(*_: Any, **__: Any) -> Any:
        raise shares.ShareTakenError

    client: Any = api("supervisor")
    assert ask(client) == ask(client)
    export_jobs.claim(timezone.now())
    monkeypatch.setattr("tickets.rest_api.shares.held", no_place)  # its process has it
    ask(client)
    assert Export.objects.count() == 1


def test_one_key_has_one_export_made_at_a_time(many: list[Ticket], api: Caller) -> None:
    client: Any = api("supervisor")
    ask(client)
    answer = client.get(URL, {"format": "csv", "department": "FEN"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (429, "busy")
    ask(api("operator"))


def test_an_export_waits_for_its_callers_place_without_an_attempt(world: World, many: list[Ticket]) -> None:
    user = world.user("supervisor")
    export_jobs.ask_export(user=user, key=None, query="", form="csv", now=timezone.now())
    with taken(shares.EXPORT, shares.EXPORT.each, f"user:{user.pk}"):
        row = make()
    assert row
    assert (row.state, row.attempts) == ("waiting", 0)


def test_the_oldest_files_of_a_key_make_room(many: list[Ticket], api: Caller, tmp_path: Path) -> None:
    client: Any = api("supervisor")
    links = []
    for _ in range(export_jobs.KEPT_EACH + 1):
        links.append(ask(client))
        make()
    delete_pending_files()
    assert refused(client, links[0], 410) == export_jobs.REPLACED
    content_of(client.get(links[1]))
    assert len(files(tmp_path)) == export_jobs.KEPT_EACH


def test_nobody_else_gets_the_file(world: World, many: list[Ticket], api: Caller) -> None:
    link = ask(api("supervisor"))
    make()
    for other in (api("supervisor"), api("admin")):
        assert other.get(link).status_code == 404
    session: Any = api("supervisor")
    session.credentials()
    session.force_login(world.user("supervisor"))
    assert session.get(link).status_code == 404


def test_a_revoked_key_gets_no_file(many: list[Ticket], api: Caller) -> None:
    client: Any = api("supervisor")
    link = ask(client)
    make()
    ApiKey.objects.update(revoked_at=timezone.now())
    assert client.get(link).status_code == 401


def test_a_key_that_may_not_read_gets_no_file(many: list[Ticket], api: Caller) -> None:
    client: Any = api("supervisor")
    link = ask(client)
    make()
    ApiKey.objects.update(reads=False)
    assert client.get(link).status_code == 403


def test_no_file_is_made_for_a_revoked_key(many: list[Ticket], api: Caller, tmp_path: Path) -> None:
    ask(api("supervisor"))
    ApiKey.objects.update(revoked_at=timezone.now())
    row = make()
    assert row
    assert (row.state, row.reason, files(tmp_path)) == ("failed", exports.NO_RIGHTS, [])


def test_a_file_with_a_ticket_out_of_sight_is_refused(world: World, many: list[Ticket], api: Caller) -> None:
    client: Any = api("head_fen")
    link = ask(client)
    make()
    Ticket.objects.filter(pk=many[1].pk).update(department=world.park)
    assert refused(client, link, 403) == exports.NARROWED


def test_a_file_with_a_ticket_restricted_since_is_refused(many: list[Ticket], api: Caller) -> None:
    client: Any = api("supervisor")
    link = ask(client)
    make()
    Ticket.objects.filter(pk=many[1].pk).update(restricted=True)
    assert refused(client, link, 403) == exports.NARROWED


def test_a_file_is_refused_to_who_lost_their_role(world: World, many: list[Ticket], api: Caller) -> None:
    client: Any = api("supervisor")
    link = ask(client)
    make()
    Membership.objects.filter(user=world.user("supervisor")).delete()
    assert refused(client, link, 403) == exports.NARROWED


def test_a_session_proves_who_it_is_before_a_file(
    world: World, many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    session: Any = api("supervisor")
    session.credentials()
    session.force_login(world.user("supervisor"))
    link = ask(session)
    make()
    content_of(session.get(link))
    monkeypatch.setattr("departments.staff.reauthentication.is_recent", lambda _: False)
    assert refused(session, link, 403) == exports.PROVE_FIRST


def test_a_file_is_deleted_after_a_day(many: list[Ticket], api: Caller, tmp_path: Path) -> None:
    client: Any = api("supervisor")
    link = ask(client)
    make()
    Export.objects.update(expires_at=timezone.now())
    assert refused(client, link, 410) == export_jobs.EXPIRED
    tasks.sweep()
    assert (refused(client, link, 410), files(tmp_path)) == (export_jobs.EXPIRED, [])
    export_jobs.forget(timezone.now() + export_jobs.ROW_KEPT + timedelta(seconds=1))
    assert not Export.objects.exists()


def test_an_export_that_nobody_makes_fails_after_a_day(many: list[Ticket], api: Caller) -> None:
    client: Any = api("supervisor")
    link = ask(client)
    export_jobs.forget(timezone.now() + export_jobs.KEPT)
    assert refused(client, link, 410) == export_jobs.UNFINISHED


def test_an_erased_ticket_takes_the_files_that_hold_it(
    world: World, many: list[Ticket], api: Caller, tmp_path: Path
) -> None:
    client: Any = api("supervisor")
    link, other = ask(client, q="Çukur"), api("operator")
    make()
    kept = ask(other, created_after="2026-01-01T00:00:00Z")
    Export.objects.filter(state="waiting").update(state="making", tickets=[], file="2026/12/other")
    erase_ticket(world, many[0])
    assert (refused(client, link, 410), files(tmp_path)) == (export_jobs.ERASED, [])
    assert other.get(kept).json()["status"] == "making"


def test_what_a_failed_attempt_stored_goes_with_an_erased_ticket(
    world: World, many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: Any) -> bool:
        raise OSError

    ask(api("supervisor"))
    monkeypatch.setattr(export_jobs, "finish", broken)
    row = make()
    assert row
    assert (row.state, len(files(tmp_path))) == ("waiting", 1)
    erase_ticket(world, many[0])
    assert files(tmp_path) == []


def test_an_erasure_is_waited_for_before_a_row_is_locked(many: list[Ticket], api: Caller) -> None:
    """An erasure that waited for the row, while its holder waits for the erasure, would end one of the two."""
    ask(api("supervisor"))
    now = timezone.now()
    row = export_jobs.claim(now)
    assert row
    changes: tuple[Callable[[], object], ...] = (
        lambda: export_jobs.try_again(row, OSError(), now - export_jobs.PAUSE),
        lambda: export_jobs.claim(now),
        lambda: export_jobs.give_up(row, "", now),
        lambda: export_jobs.forget(now + export_jobs.KEPT),
    )
    for change in changes:
        with CaptureQueriesContext(connection) as asked:
            change()
        locks = [
            each["sql"].split()[0]
            for each in asked
            if "FOR NO KEY" in each["sql"] or "LOCK TABLE" in each["sql"]
        ]
        assert locks[0] == "LOCK"


def test_a_file_that_is_being_made_is_made_again_after_an_erasure(
    world: World, many: list[Ticket], api: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = api("supervisor")
    link = ask(client)
    saved = private_storage.save

    def erased_meanwhile(*args: Any, **kwargs: Any) -> str:
        monkeypatch.setattr(private_storage, "save", saved)
        erase_ticket(world, many[0])
        return saved(*args, **kwargs)

    monkeypatch.setattr(private_storage, "save", erased_meanwhile)
    row = make()
    assert row
    assert (row.state, files(tmp_path)) == ("waiting", [])
    make()
    text = content_of(client.get(link)).decode()
    assert ("Çukur 0" in text, "Çukur 1" in text) == (False, True)


def test_no_export_is_begun_during_an_erasure(world: World, many: list[Ticket]) -> None:
    erase_ticket(world, many[0])  # in the transaction of the test, which is not over
    with connection.copy().cursor() as beside:
        beside.execute("SET lock_timeout = '100ms'")
        with pytest.raises(OperationalError):
            beside.execute("UPDATE tickets_export SET tickets = '{}' WHERE false")
        beside.connection.close()


def test_a_search_for_who_is_erased_is_forgotten(world: World, many: list[Ticket], api: Caller) -> None:
    client: Any = api("supervisor")
    link = ask(client, q="Ayşe Yılmaz")
    now = timezone.now()
    Ticket.objects.update(status="CLOSED", outcome="resolved", outcome_at=now, closed_at=now)
    dpo = actor_of(world.user("dpo"))
    erase(people=[world.citizen.pk], tickets=[], actor=dpo, now=now, reason="Dilekçe")
    assert refused(client, link, 410) == export_jobs.ERASED
    assert Export.objects.get().query == ""


def test_a_row_without_a_task_is_found_by_the_schedule(
    many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SCHEDULE["exports"]["task"] == tasks.work_exports.name
    begun: list[str] = []
    monkeypatch.setattr(export_jobs._process, "begin", begun.append)
    ask(api("supervisor"))
    tasks.work_exports()
    assert begun == [Export.objects.get().file]


def test_an_export_whose_process_died_is_made_again(
    many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(export_jobs._process, "begin", lambda _: None)
    client: Any = api("supervisor")
    link = ask(client)
    export_jobs.work_aside(timezone.now())
    first = Export.objects.get().file
    (tmp_path / first).parent.mkdir(parents=True)
    (tmp_path / first).write_text("half")
    export_jobs.work_aside(timezone.now())  # the process is gone, and said nothing
    row = Export.objects.get()
    assert (row.state, row.attempts) == ("making", 2)
    exports.make(row.file, timezone.now)
    content_of(client.get(link))
    delete_pending_files()
    assert [str(path.relative_to(tmp_path)) for path in files(tmp_path)] == [row.file]


def test_an_export_whose_worker_died_is_due_after_its_lease(many: list[Ticket], api: Caller) -> None:
    ask(api("supervisor"))
    assert export_jobs.claim(timezone.now())
    assert export_jobs.claim(timezone.now()) is None
    again = export_jobs.claim(timezone.now() + export_jobs.LEASE)
    assert again
    assert again.attempts == 2


def test_an_export_that_kills_its_processes_is_given_up(
    many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_jobs._process, "begin", lambda _: None)
    client: Any = api("supervisor")
    link = ask(client)
    for _ in range(export_jobs.MOST_ATTEMPTS + 1):
        export_jobs.work_aside(timezone.now())
    assert refused(client, link, 410) == export_jobs.FAILED
    failure = RowFailure.objects.get(work=RowWork.EXPORTS)
    assert failure.attempts == export_jobs.MOST_ATTEMPTS + 1


def test_a_failure_is_counted_tried_again_and_told(
    many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: Any, **__: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_storage, "save", full)
    client: Any = api("supervisor")
    link = ask(client)
    for attempt in range(export_jobs.MOST_ATTEMPTS):
        assert client.get(link).status_code == 202
        row = export_jobs.claim(timezone.now() + attempt * export_jobs.PAUSE)
        assert row
        exports.make(row.file, timezone.now)
    assert refused(client, link, 410) == export_jobs.FAILED
    assert RowFailure.objects.get(work=RowWork.EXPORTS).attempts == export_jobs.MOST_ATTEMPTS
    assert files(tmp_path) == []


def test_an_export_that_succeeds_counts_as_failing_no_more(
    many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(api("supervisor"))
    row = export_jobs.claim(timezone.now())
    assert row
    export_jobs.try_again(row, OSError(), timezone.now() - export_jobs.PAUSE)
    make()
    assert not RowFailure.objects.exists()


@pytest.mark.slow
def test_an_export_that_takes_the_database_too_long_says_so(
    many: list[Ticket], api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    client: Any = api("supervisor")
    link = ask(client)
    monkeypatch.setattr(export_jobs, "note_tickets", slow)
    monkeypatch.setattr(exports, "EXPORT", shares.CallShare("export", each=1, every=1, seconds=1))
    make()
    assert refused(client, link, 410) == exports.TOO_COSTLY


def test_each_download_leaves_an_entry_in_the_access_log(many: list[Ticket], api: Caller) -> None:
    client: Any = api("supervisor")
    link = ask(client, q="Çukur")
    assert set(Access.objects.values_list("page", "what")) == {
        ("api:ticket-list", "exported"),
        ("api:ticket-list", "searched"),
    }
    before = Access.objects.count()
    client.get(link)
    ask(client, q="Çukur")  # of the same file
    assert Access.objects.count() == before
    make()
    content_of(client.get(link))
    assert Access.objects.get(page="api:export").what == "exported"
