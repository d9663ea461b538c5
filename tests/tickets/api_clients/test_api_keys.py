"""API keys: at rest only their hash, for how long and for what they are good, rate limits, last use."""

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from departments.models import DutyShift, Membership, Role
from departments.staff.role_permissions import give_role
from tests.test_matrix import filled
from tests.tickets.conftest import Caller
from tests.tickets.keys import key_of
from tests.tickets.world import NOW, World, sign_in
from tests.traces import everything
from tickets.api_clients import key_warnings, rate_limits
from tickets.api_clients.keys import make_key
from tickets.api_clients.models.clients import ApiKey
from tickets.api_clients.models.scopes import Scope
from tickets.models import Ticket
from tickets.rest_api.authentication import WithinScope
from tickets.rest_api.views import TicketViewSet

URL = "/api/v1/tickets/"
PAGE = "/admin/tickets/apikey/"


def caller(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The key that the command prints."""
    call_command("drf_create_token", *arguments)
    said = re.fullmatch(r"Generated token (\S+) for user \S+\n", capsys.readouterr().out)
    assert said
    return said[1]


# --- making ---------------------------------------------------------------------------------------------------
def test_a_key_from_the_command_only_reads_unless_told_otherwise(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    client = caller(command(capsys, "operator"))
    assert client.get(URL).status_code == 200
    number = world.open().number
    assert client.post(f"{URL}{number}/notes/", {"text": "x"}, format="json").status_code == 403


def test_the_command_makes_a_key_for_what_it_is_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    scopes = ("--scope", "tickets:read", "--scope", "tickets:write")
    client = caller(command(capsys, "operator", *scopes, "--days", "7"))
    number = world.open().number
    assert client.post(f"{URL}{number}/notes/", {"text": "x"}, format="json").status_code == 201
    assert client.get("/api/v1/reports/summary/").status_code == 403
    assert ApiKey.objects.get().expires_at - timezone.now() < timedelta(days=7)


def test_a_second_key_leaves_the_first_in_use_until_they_are_reset(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = command(capsys, "operator"), command(capsys, "operator")
    assert [caller(key).get(URL).status_code for key in (first, second)] == [200, 200]
    third = command(capsys, "--reset", "operator")
    assert [caller(key).get(URL).status_code for key in (first, second, third)] == [401, 401, 200]


@pytest.mark.parametrize(
    "arguments", [("nobody",), ("operator", "--days", "0"), ("operator", "--days", "4000")]
)
def test_the_command_refuses_what_it_cannot_make(world: World, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("drf_create_token", *arguments)
    assert not ApiKey.objects.exists()


def test_a_new_key_only_reads_and_ends_after_90_days(world: World) -> None:
    client = caller(make_key(world.user("supervisor"), now=timezone.now()))
    number = world.open().number
    assert client.get(URL).status_code == 200
    assert client.post(f"{URL}{number}/notes/", {"text": "x"}, format="json").status_code == 403
    assert client.get("/api/v1/reports/summary/").status_code == 403
    row = ApiKey.objects.get()
    assert row.expires_at - row.created_at == timedelta(days=90)


def test_the_page_shows_a_new_key_once_and_keeps_it_nowhere(world: World) -> None:
    admin = sign_in(world, "admin")
    user = world.user("operator")
    made = admin.post(
        f"{PAGE}add/", {"user": user.pk, "name": "CBS", "reads": "on", "days": 30, "per_minute": 60}
    )
    [key] = re.findall(r"mgk_[0-9a-f]{40}", made.content.decode())
    assert caller(key).get(URL).status_code == 200
    assert "no-store" in made.headers["Cache-Control"]
    row = ApiKey.objects.get()
    assert (row.writes, row.reports, row.submits, row.per_minute) == (False, False, False, 60)
    for path in ("", f"{row.pk}/change/", f"{row.pk}/history/"):
        page = admin.get(f"{PAGE}{path}").content.decode()
        assert row.prefix in page
        assert key not in page
    assert not [kept for kept in everything() if key in kept or key[4:] in kept]


def test_a_key_that_was_revoked_is_refused_and_stays_on_record(world: World, api: Caller) -> None:
    client = api("operator")
    row = ApiKey.objects.get()
    sign_in(world, "admin").post(PAGE, {"action": "revoke", "_selected_action": row.pk})
    assert client.get(URL).status_code == 401
    row.refresh_from_db()
    assert row.revoked_at is not None


def test_keys_of_the_framework_keep_working_and_stand_nowhere_in_clear(world: World) -> None:
    old, limited = "ab" * 20, "cd" * 20
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE authtoken_token (key varchar(40) PRIMARY KEY, created timestamptz, user_id int)"
        )
        cursor.execute(
            "ALTER TABLE tickets_apikey ALTER digest DROP NOT NULL, ALTER created_at DROP NOT NULL"
        )
        cursor.execute("ALTER TABLE tickets_apikey ALTER expires_at DROP NOT NULL")
        cursor.execute(
            "INSERT INTO tickets_apikey (user_id, name, prefix, reads, writes, reports, submits, per_minute)"
            " SELECT id, '', '', true, false, false, false, 60 FROM auth_user WHERE username IN ('operator', 'dpo')"
        )
        for key, username in ((old, "supervisor"), (limited, "operator")):
            cursor.execute(
                "INSERT INTO authtoken_token SELECT %s, now(), id FROM auth_user WHERE username = %s",
                [key, username],
            )
    with connection.schema_editor() as editor:
        importlib.import_module("tickets.migrations.0041_api_keys_hashed").take_over(apps, editor)
    note = f"{URL}{world.open().number}/notes/", {"text": "x"}
    assert [caller(key).post(*note, format="json").status_code for key in (old, limited)] == [201, 403]
    assert not [kept for kept in everything() if old in kept or limited in kept]
    assert ApiKey.objects.count() == 2  # terms without a key opened nothing and are gone
    assert {(row.expires_at - timezone.now()).days for row in ApiKey.objects.all()} == {89}


# --- a department's own -----------------------------------------------------------------------------------------
def made_by(world: World, who: str, **terms: Any) -> str:
    """The key that this head makes on the page for Fen İşleri."""
    department = world.fen.pk
    form = {
        "department": department,
        "name": "Arıza takip",
        "reads": "on",
        "days": 90,
        "per_minute": 60,
    } | terms
    page = sign_in(world, who).post(f"{PAGE}add/", form).content.decode()
    [key] = re.findall(r"mgk_[0-9a-f]{40}", page)
    return str(key)


def test_a_head_makes_a_key_for_the_own_department_that_only_reads(world: World) -> None:
    key = made_by(world, "head_fen")
    row = ApiKey.objects.get()
    assert (row.user, row.department, row.reads, row.writes, row.reports, row.submits) == (
        world.user("head_fen"),
        world.fen,
        *(True, False, False, False),
    )
    own, foreign = world.assigned(), world.open(department=world.park)
    client = caller(key)
    assert [each["number"] for each in client.get(URL).json()["results"]] == [own.number]
    assert client.get(f"{URL}{foreign.number}/").status_code == 404
    assert client.post(f"{URL}{own.number}/notes/", {"text": "x"}, format="json").status_code == 403
    assert LogEntry.objects.get(user=row.user, action_flag=ADDITION).object_id == str(row.pk)


def test_a_departments_key_has_none_of_the_other_rights_of_its_maker(world: World) -> None:
    """Whatever else the head is, has been given or watches over: the program is a crew of the one department."""
    head = world.user("head_fen")
    key = made_by(world, "head_fen", writes="on", reports="on")
    own, foreign = world.assigned(), world.open(department=world.park)
    Ticket.objects.filter(pk=foreign.pk).update(assignee=head)
    secret = world.assigned(category=world.misconduct)
    for role in (Role.SUPERVISOR, Role.DPO, Role.OPERATOR):
        give_role(head, role)
    User.objects.filter(pk=head.pk).update(is_superuser=True)
    DutyShift.objects.create(
        user=head, starts_at=timezone.now() - timedelta(hours=1), ends_at=timezone.now() + timedelta(hours=1)
    )
    danger = world.open(department=world.park)
    Ticket.objects.filter(pk=danger.pk).update(danger="gas", claimed_by=head, restricted=True)
    client = caller(key)
    assert [each["number"] for each in client.get(URL).json()["results"]] == [own.number]
    assert [client.get(f"{URL}{each.number}/").status_code for each in (foreign, secret, danger)] == [404] * 3
    Ticket.objects.filter(pk=own.pk).update(assignee=head)
    assert client.post(f"{URL}{own.number}/unmask/", {}, format="json").status_code == 403
    opening = client.post(URL, {"description": "x", "address": "y"}, format="json")
    assert opening.status_code == 403
    assert client.get("/api/v1/reports/staff/").status_code == 403


def test_a_departments_key_opens_nothing_over_open311(world: World) -> None:
    key = made_by(world, "head_fen", submits="on")
    assert not ApiKey.objects.get().submits  # the form has no such field
    ApiKey.objects.update(submits=True)
    refused = APIClient().post("/open311/v2/requests.json", {"api_key": key})
    assert refused.status_code == 403


def test_a_departments_key_ends_with_the_headship(world: World) -> None:
    key = made_by(world, "head_fen")
    assert caller(key).get(URL).status_code == 200
    Membership.objects.filter(user=world.user("head_fen"), role=Role.HEAD).delete()
    assert caller(key).get(URL).status_code == 401


def test_a_head_makes_no_key_of_another_department_and_without_a_name(world: World) -> None:
    client = sign_in(world, "head_fen")
    form = {"department": world.fen.pk, "name": "x", "reads": "on", "days": 90, "per_minute": 60}
    for wrong in ({"department": world.park.pk}, {"department": ""}, {"name": ""}, {"days": 4000}):
        assert client.post(f"{PAGE}add/", form | wrong).status_code == 200
    client.post(f"{PAGE}add/", form | {"department": "", "user": world.user("admin").pk})
    assert not ApiKey.objects.exists()
    client.post(f"{PAGE}add/", form | {"user": world.user("admin").pk})
    assert ApiKey.objects.get().user == world.user("head_fen")


@pytest.mark.slow
def test_heads_see_and_revoke_the_keys_of_their_department_and_change_their_own(world: World) -> None:
    key_of(world.user("operator"))
    made_by(world, "head_fen")
    foreign, own = ApiKey.objects.order_by("pk")
    other = User.objects.create(username="head_fen_2", is_staff=True)
    give_role(other, Role.HEAD, world.fen)
    wider = {"name": "x", "reads": "on", "writes": "on", "per_minute": 60}
    outside, second, maker = (sign_in(world, who) for who in ("head_park", "head_fen_2", "head_fen"))
    assert [own.prefix in client.get(PAGE).content.decode() for client in (outside, second, maker)] == [
        *(False, True, True)
    ]
    assert foreign.prefix not in second.get(PAGE).content.decode()
    for client in (outside, second):
        client.post(f"{PAGE}{own.pk}/change/", wider)
    maker.post(f"{PAGE}{foreign.pk}/change/", wider | {"reports": "on"})
    own.refresh_from_db()
    assert not own.writes
    maker.post(f"{PAGE}{own.pk}/change/", wider)
    own.refresh_from_db()
    assert own.writes
    for client, row in ((outside, own), (second, foreign)):
        client.post(PAGE, {"action": "revoke", "_selected_action": row.pk})
    assert not ApiKey.objects.exclude(revoked_at=None).exists()
    second.post(PAGE, {"action": "revoke", "_selected_action": own.pk})
    assert list(ApiKey.objects.exclude(revoked_at=None)) == [own]


@pytest.mark.parametrize("who", ["operator", "supervisor", "crew_fen", "dpo"])
def test_no_other_role_sees_or_makes_keys(world: World, who: str) -> None:
    client = sign_in(world, who)
    assert [client.get(path).status_code for path in (PAGE, f"{PAGE}add/")] == [403, 403]


# --- ending ---------------------------------------------------------------------------------------------------
def test_who_has_a_key_that_ends_soon_hears_of_it_once(world: World, settings: Settings) -> None:
    settings.NOTICES_BY_EMAIL = True
    User.objects.filter(username="operator").update(email="cbs@example.org")
    User.objects.filter(username="admin").update(email="yonetici@example.org")
    now = timezone.now()
    key_of(world.user("operator"), expires_at=now + timedelta(days=13))
    key_of(world.user("operator"), expires_at=now + timedelta(days=15))
    assert [key_warnings.warn(now), key_warnings.warn(now)] == [1, 0]
    [warning] = mail.outbox
    assert warning.to == ["cbs@example.org", "yonetici@example.org"]
    assert "mgk_" in warning.subject


def test_a_mailbox_that_refuses_keeps_no_other_from_being_warned_and_is_tried_again(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.NOTICES_BY_EMAIL = True
    User.objects.filter(is_superuser=True).update(email="")
    for name in ("operator", "supervisor"):
        User.objects.filter(username=name).update(email=f"{name}@example.org")
        key_of(world.user(name), expires_at=timezone.now() + timedelta(days=3))
    send = EmailMessage.send

    def picky(mail: EmailMessage, *given: Any) -> int:
        if mail.to == ["operator@example.org"]:
            raise SMTPRecipientsRefused({})
        return send(mail, *given)

    monkeypatch.setattr(EmailMessage, "send", picky)
    assert key_warnings.warn(timezone.now()) == 1
    monkeypatch.undo()
    settings.NOTICES_BY_EMAIL = True
    assert key_warnings.warn(timezone.now()) == 1


# --- what it is good for --------------------------------------------------------------------------------------
def test_a_key_for_reading_does_not_write(world: World, api: Caller) -> None:
    ticket = world.open()
    client = api("operator", writes=False)
    assert client.get(URL).status_code == 200
    refused = client.post(f"{URL}{ticket.number}/notes/", {"text": "x"}, format="json")
    assert refused.status_code == 403
    assert refused.json()["detail"].startswith("API anahtarı bu işlem için verilmemiş")
    assert ticket.events.count() == 1


def test_a_key_without_reading_reads_nothing(world: World, api: Caller) -> None:
    client = api("operator", reads=False)
    assert client.get(URL).status_code == 403
    assert client.get("/api/v1/departments/").status_code == 403


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("notes", {"text": "x"}),
        ("assign", {"department": "PARK"}),
        ("transitions", {"to": "IN_PROGRESS"}),
        ("classify", {"category": "yol_cukur"}),
    ],
)
def test_a_key_without_reading_is_told_nothing_of_what_it_writes(
    world: World, api: Caller, call: str, body: dict[str, str]
) -> None:
    ticket = world.assigned()
    client = api("supervisor", reads=False, reports=False)
    for _ in range(2):  # a repeat is told no more
        answer = client.post(
            f"{URL}{ticket.number}/{call}/", body, format="json", headers={"Idempotency-Key": "a"}
        )
        assert (answer.status_code, answer.content) == (204, b"")
    assert ticket.events.count() > 1
    assert client.get("/api/v1/reports/summary/").status_code == 403


def test_a_key_without_reports_reads_tickets_alone(world: World, api: Caller) -> None:
    client = api("operator", reports=False)
    assert client.get("/api/v1/reports/summary/").status_code == 403
    assert client.get(URL).status_code == 200
    assert api("operator", reads=False).get("/api/v1/reports/summary/").status_code == 200


def test_no_page_of_the_api_forgets_to_ask_for_the_scope() -> None:
    open_to_all = {"AttachmentView", "NotFoundView", "SchemaView", "SpectacularSwaggerSplitView"}
    views = {pattern.callback for pattern, _ in each_route(get_resolver("tickets.rest_api.urls"))}
    classes = {getattr(view, "cls", None) or view.view_class for view in views}  # type: ignore[attr-defined]
    forgetful = {each.__name__ for each in classes if WithinScope not in each.permission_classes}
    assert forgetful == open_to_all


# What each key may do, for every scope alone: by the name of the call.
OF_SCOPE = {
    Scope.READ: {
        *("ticket.list", "ticket.retrieve", "ticket.changes", "ticket.unmask", "export.get"),
        *("department.list", "category.list", "neighbourhood.list", "agency.list"),
    },
    Scope.WRITE: {
        f"ticket.{act}" for act in ("create", "transitions", "notes", "assign", "classify", "attachments")
    },
    Scope.SUBMIT: set(),
}


def each_call() -> Iterator[tuple[str, str, str, Any]]:
    """Every call of the API: its name, method and path, and the scope that its view declares."""
    open_to_all = {"AttachmentView", "NotFoundView", "SchemaView", "SpectacularSwaggerSplitView"}
    for pattern, path in each_route(get_resolver("tickets.rest_api.urls")):
        view = pattern.callback
        of: Any = getattr(view, "cls", None) or view.view_class  # type: ignore[attr-defined]
        if of.__name__ in open_to_all:
            continue
        actions = getattr(view, "actions", None) or {"get": "get"}
        for method, action in actions.items():
            if method != "head":
                table = of.__name__.removesuffix("ViewSet").removesuffix("View").lower()
                yield f"{table}.{action}", method, path, of.scopes.get(action)


def test_every_call_declares_its_scope_and_the_table_of_scopes_is_kept() -> None:
    declared: dict[Any, set[str]] = {}
    for name, _, _, scope in each_call():
        declared.setdefault(scope, set()).add(name)
    assert None not in declared
    reports = declared.pop(Scope.REPORTS)
    assert {name.rpartition(".")[2] for name in reports} == {"get"}
    assert declared == {scope: names for scope, names in OF_SCOPE.items() if names}


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_of_one_scope_alone_is_refused_every_call_of_the_others(
    world: World, api: Caller, scope: Scope
) -> None:
    ticket = world.assigned()
    fields = {"reads": Scope.READ, "writes": Scope.WRITE, "reports": Scope.REPORTS, "submits": Scope.SUBMIT}
    client = api("admin", **{name: each == scope for name, each in fields.items()})
    for name, method, path, needed in list(each_call()):
        prefix = "reports/" if needed == Scope.REPORTS else ""
        address = f"/api/v1/{prefix}{filled(path, ticket.number, ticket.pk)}"
        address += "/" if name == "ticket.attachments" else ""
        status = (
            getattr(client, method)(address, {}, format="json").status_code
            if method == "post"
            else (getattr(client, method)(address).status_code)
        )
        assert (status == 403) == (needed != scope), (name, status)


def test_a_call_that_declares_no_scope_is_refused_to_every_key(world: World, api: Caller) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TicketViewSet, "scopes", {})
        assert api("admin").get(URL).status_code == 403


def each_route(resolver: URLResolver) -> Iterator[tuple[URLPattern, str]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from each_route(entry)
        else:
            yield entry, str(entry.pattern)


def test_terms_bind_the_key_and_not_the_person_at_the_screen(world: World) -> None:
    key_of(world.user("operator"), reads=False, per_minute=0)
    client = Client()
    client.force_login(world.user("operator"))
    assert client.get(URL).status_code == 200


def test_an_expired_key_is_refused_with_what_to_do(world: World, api: Caller) -> None:
    refused = api("operator", expires_at=timezone.now() - timedelta(seconds=1)).get(URL)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Token")
    assert refused.json()["detail"].startswith("API anahtarının süresi doldu")


@pytest.mark.parametrize("key", ["x", "\xe9" * 40, "a-b", "0" * 40])
def test_an_unknown_key_is_401(world: World, key: str) -> None:
    assert caller(key).get(URL).status_code == 401


def test_who_guesses_keys_has_to_wait(world: World) -> None:
    client = caller("0" * 40)
    said = [client.get(URL).status_code for _ in range(31)]
    assert said == [401] * 30 + [429]


def test_the_last_use_of_a_key_is_noted_to_the_minute(world: World, api: Caller) -> None:
    client = api("operator")
    assert client.get(URL).status_code == 200
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    assert timezone.now() - first < timedelta(minutes=1)
    client.get(URL)
    assert ApiKey.objects.get().last_used_at == first


def test_every_answer_says_how_many_calls_are_left(world: World, api: Caller) -> None:
    client = api("operator", per_minute=2)
    left = [client.get(URL).headers["RateLimit-Remaining"] for _ in range(2)]
    refused = client.get(URL)
    assert (left, refused.status_code) == (["1", "0"], 429)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (refused.headers["RateLimit-Limit"], refused.headers["RateLimit-Remaining"]) == ("2", "0")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_calls_that_are_refused_count_too(world: World, api: Caller) -> None:
    client = api("operator", reads=False, per_minute=1)
    first, second = client.get(URL), client.get(URL)
    assert (first.status_code, first.headers["RateLimit-Remaining"]) == (403, "0")
    assert (second.status_code, second.headers["RateLimit-Limit"]) == (429, "1")


def test_a_flood_beyond_the_limit_costs_no_statements(
    world: World, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for _ in range(3):
        rate_limits.spend("flood", 2, NOW)
    with django_assert_num_queries(0):
        assert rate_limits.spend("flood", 2, NOW).exceeded
    with django_assert_num_queries(1):
        assert not rate_limits.spend("flood", 9, NOW).exceeded  # another limit of the same key
    with django_assert_num_queries(1):
        assert not rate_limits.spend("flood", 2, NOW + rate_limits.WINDOW).exceeded


def test_calls_are_counted_by_the_minute_and_for_each_caller(world: World) -> None:
    second = timedelta(seconds=1)
    assert [rate_limits.spend("a", 2, NOW + n * second).exceeded for n in range(3)] == [False, False, True]
    assert rate_limits.spend("a", 2, NOW + 59 * second).reset == 1
    assert not rate_limits.spend("b", 2, NOW).exceeded
    anew = rate_limits.spend("a", 2, NOW + 60 * second)
    assert (anew.exceeded, anew.remaining, anew.reset) == (False, 1, 60)
