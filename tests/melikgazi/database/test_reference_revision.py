"""An edit of what rarely changes holds in every process from its next turn on."""

import pkgutil
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from departments import reference
from departments.common import cache
from departments.common.cache import RevalidatedCache
from departments.models import Category, Department, Neighbourhood, RoutingRule
from departments.places.names import mahalle_named_in
from departments.routing.route import route
from departments.text.vocabulary import tokens
from departments.working_time.entered_hours import calendar_of
from tests.whatsapp.base import put_base_data
from whatsapp.faq import matching
from whatsapp.models import FaqEntry
from whatsapp.texts import overrides

TABLES: tuple[str, ...] = sum(
    (
        import_module(f"melikgazi.migrations.{name}").TABLES
        for name in ("0003_reference_revision", "0004_bulletin_revision", "0006_outside_share_revision")
    ),
    (),
)
_EVERY_STATEMENT = {"INSERT", "UPDATE", "DELETE", "TRUNCATE"}


def caches() -> dict[int, RevalidatedCache[Any]]:
    """Every cache of the code, imported or not until now."""
    found: dict[int, RevalidatedCache[Any]] = {}
    for name in ("departments", "tickets", "whatsapp", "melikgazi"):
        for module in pkgutil.walk_packages(import_module(name).__path__, f"{name}."):
            if not re.search(r"\.(migrations|management|emulator)\b", module.name):
                there = vars(import_module(module.name)).values()
                found |= {id(each): each for each in there if isinstance(each, RevalidatedCache)}
    return found


def triggers() -> dict[str, set[str]]:
    """The kinds of statement that bump the revision, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger
            WHERE tgfoid = 'bump_reference_revision'::regproc AND tgenabled = 'O'
            """
        )
        return {
            table: set(re.findall(r"INSERT|UPDATE|DELETE|TRUNCATE", definition.split(" ON ")[0]))
            for table, definition in cursor.fetchall()
            if "FOR EACH STATEMENT" in definition
        }


def test_every_listed_table_bumps_the_revision_by_every_kind_of_statement(db: None) -> None:
    assert triggers() == dict.fromkeys(TABLES, _EVERY_STATEMENT)


def test_whatever_is_kept_is_read_from_tables_that_bump_the_revision_and_these_are_all(db: None) -> None:
    put_base_data()
    RoutingRule.objects.create(name="kural", position=1, triage=True)  # else nobody asks for its mahalleler
    kept = caches().values()
    with CaptureQueriesContext(connection) as said:
        for each in kept:
            each._load()
    read = {
        table
        for query in said
        for table in re.findall(r'(?:FROM|JOIN)\s+"?(\w+)"?', query["sql"], re.IGNORECASE)
    }
    assert read - {"departments_referencerevision"} == set(TABLES)


class Elsewhere:
    """A thread with a connection of its own, as another process is."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)

    def turn(self, read: Callable[[], Any]) -> Any:
        """What a turn there reads now."""
        self._thread.submit(cache.refresh)
        return self._thread.submit(read).result()

    def goes_on(self, read: Callable[[], Any]) -> Any:
        """What the last turn there reads now."""
        return self._thread.submit(read).result()

    def close(self) -> None:
        self._thread.submit(connections.close_all).result()
        self._thread.shutdown()


@pytest.fixture
def elsewhere(transactional_db: None) -> Iterator[Elsewhere]:
    put_base_data()
    other = Elsewhere()
    yield other
    other.close()


@pytest.fixture
def admin(transactional_db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def save(client: Client, url: str, **changes: Any) -> None:
    """Opens a form of the admin, changes some fields and saves it."""
    context = client.get(url).context
    form = context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    for formset in context["inline_admin_formsets"]:
        for part in (formset.formset.management_form, *formset.formset.initial_forms):
            fields |= {part.add_prefix(name): part[name].value() for name in part.fields}
    data = {
        name: value for name, value in (fields | changes).items() if value is not None and value is not False
    }
    response = client.post(url, data)
    assert response.status_code == 302, response.context["errors"]


def edit(client: Client, row: Any, **changes: Any) -> None:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    save(client, reverse(name, args=[row.pk]), **changes)


def add(client: Client, model: str, **fields: Any) -> None:
    save(client, reverse(f"admin:{model}_add"), **fields)


def give_category_away(client: Client) -> None:
    park = Department.objects.get(code="PARK")
    edit(client, Category.objects.get(code="yol_cukur"), department=park.pk)


def add_rule(client: Client) -> None:
    add(client, "departments_routingrule", name="kural", position=1, words="çukur", triage="on")


def answer_question(client: Client) -> None:
    add(client, "whatsapp_faqentry", title="Pazar", phrases="pazar ne zaman", answer="Salı.", active="on")


def change_answer(client: Client) -> None:
    answer_question(client)
    edit(client, FaqEntry.objects.get(title="Pazar"), answer="Cuma.")


def rewrite(client: Client) -> None:
    page = "/admin/whatsapp/textoverride/soz/tr/sentences.hello/"
    assert client.post(page, {"text": "Merhaba, sorunu yazın."}).status_code == 302


def name_mahalle(client: Client) -> None:
    edit(client, Neighbourhood.objects.get(code="gesi"), aliases='["Bağlarbaşı"]')


def open_at_night(client: Client) -> None:
    add(client, "departments_workinghours", weekday=0, opens="20:00", closes="22:00")


def name_of_fen() -> str:
    fen = reference.department("FEN")
    assert fen
    return fen.name


class Edit(NamedTuple):
    """An edit in the admin, and what is to read otherwise after it."""

    make: Callable[[Client], None]
    read: Callable[[], Any]
    after: Any


def department_of_pothole() -> tuple[str, str]:
    category = reference.category("yol_cukur")
    assert category
    assert category.department
    return category.department.code, route("yolda çukur var").department


EDITS = [
    Edit(give_category_away, department_of_pothole, ("PARK", "PARK")),
    Edit(add_rule, lambda: route("yolda çukur var").rule, "kural"),
    Edit(answer_question, lambda: matching.answer_to("pazar ne zaman"), "Salı."),
    Edit(change_answer, lambda: matching.answer_to("pazar ne zaman"), "Cuma."),
    Edit(rewrite, lambda: overrides.table_of("tr").sentences["hello"], "Merhaba, sorunu yazın."),
    Edit(name_mahalle, lambda: str(mahalle_named_in(tokens("Bağlarbaşı mahallesi"))), "Gesi"),
    Edit(open_at_night, lambda: [opens.hour for opens, _ in calendar_of(None).week[0]], [20]),
]


@pytest.mark.parametrize("edited", EDITS, ids=lambda edited: edited.make.__name__)
def test_an_edit_in_the_admin_holds_at_the_next_turn_of_another_process(
    edited: Edit, admin: Client, elsewhere: Elsewhere
) -> None:
    before = elsewhere.turn(edited.read)
    assert before != edited.after
    edited.make(admin)
    assert elsewhere.turn(edited.read) == edited.after


def test_what_stood_before_a_change_is_not_kept_under_its_revision(elsewhere: Elsewhere) -> None:
    """A thread that knows the revision of its own change, not yet committed, tells it to no other thread."""
    elsewhere.turn(name_of_fen)
    with transaction.atomic():
        Department.objects.filter(code="FEN").update(name="Yol")
        cache.refresh()
        calendar_of(None)
        elsewhere.goes_on(name_of_fen)
    assert elsewhere.turn(name_of_fen) == "Yol"


def test_a_change_that_is_not_committed_is_seen_by_nobody_else(elsewhere: Elsewhere) -> None:
    before = elsewhere.turn(name_of_fen)
    with transaction.atomic():
        Department.objects.filter(code="FEN").update(name="Yol")
        cache.refresh()
        assert name_of_fen() == "Yol"
        assert elsewhere.turn(name_of_fen) == before
    assert elsewhere.turn(name_of_fen) == "Yol"
