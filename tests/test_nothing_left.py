"""Of whoever is erased nothing is left: found from the models, whatever columns will be added."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q
from django.utils import timezone
from pytest_django import Settings

from tests.scenarios import Story, tell
from tests.tickets.world import World, build_world
from tests.traces import everything, files
from tickets.files.storage import private_storage
from tickets.models import Citizen, LegalHold, SavedFilter, Ticket
from tickets.privacy import erasure
from tickets.record.permissions import actor_of
from whatsapp.models import Message

pytestmark = pytest.mark.django_db
MARK = re.compile(r"zq\d{3}qz")
TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, ArrayField)
DEEPEST = 4
# What stays, and why. Nothing else may.
STAYS = {
    "tickets_access": "the law asks who saw whose data; codes, keys and numbers, and never its contents",
    "tickets_destruction": "the proof of the erasure itself, its reason without names",
}
# Of a row that stays, what is a code of ours and no word of anybody's.
CODES = {
    "tickets_ticket.number": "leads to nobody once the ticket is emptied",
    "tickets_ticket.danger": "the key of a kind of danger, which reports count",
    "tickets_act.name": "deleted with the act; the registry's word",
    "tickets_actchange.table": "deleted with the act; names a table",
    "tickets_actchange.key": "the same; a key",
}


def paths(model: Any, depth: int = DEEPEST) -> Iterator[str]:
    """The relations that lead from the model's rows to their citizen or ticket."""
    if model in (Citizen, Ticket):
        yield "pk"
    for each in model._meta.concrete_fields if depth else ():
        if each.is_relation and each.related_model in (Citizen, Ticket):
            yield each.name
        elif each.is_relation and each.related_model is not model:
            yield from (
                f"{each.name}__{path}" for path in paths(each.related_model, depth - 1) if path != "pk"
            )


def rows_of(model: Any, ticket: Ticket) -> Any:
    which = Q(pk__in=())
    for path in paths(model):
        target = model if path == "pk" else _end(model, path)
        which |= Q(**{path: ticket.citizen_id if target is Citizen else ticket.pk})
    return model._base_manager.filter(which)


def _end(model: Any, path: str) -> Any:
    for part in path.split("__"):
        model = model._meta.get_field(part).related_model
    return model


def columns(model: Any) -> Iterator[Any]:
    for each in model._meta.concrete_fields:
        is_text = isinstance(each, TEXTS) and not each.choices and not each.is_relation
        if is_text and not (
            isinstance(each, ArrayField) and not isinstance(each.base_field, models.CharField)
        ):
            yield each


def stamped(column: Any, mark: str) -> Any:
    match column:
        case models.FileField():
            return private_storage.save(f"{mark}.jpg", ContentFile(mark.encode()))
        case models.JSONField():
            return {"text": mark, mark: [mark]}
        case models.BinaryField():
            return mark.encode()
        case ArrayField():
            return [mark]
        case _:
            return mark


def stamp(ticket: Ticket) -> dict[str, str]:
    """Writes a mark of its own into every column of the person's rows; returns which column has which."""
    marks, number = {}, count()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # timelines and logs refuse changes
    for model in apps.get_models():
        if model._meta.proxy or model._meta.db_table in STAYS:
            continue
        keys = list(rows_of(model, ticket).values_list("pk", flat=True))
        for column in columns(model) if keys else ():
            name = f"{model._meta.db_table}.{column.column}"
            longest = getattr(column, "max_length", None)
            if name in CODES or (longest and longest < 7):
                continue
            mark = f"zq{next(number):03d}qz"
            one = [keys[0]] if column.unique else keys
            try:
                with transaction.atomic():
                    model._base_manager.filter(pk__in=one).update(**{column.attname: stamped(column, mark)})
            except IntegrityError:
                continue  # a constraint lets in only what is no text
            marks[mark] = name
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
    return marks


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = str(tmp_path)
    return build_world()


@pytest.fixture
def story(world: World) -> Story:
    told = tell(world, "own", "Mavikelam", "+905324714711", department=world.fen)
    LegalHold.objects.update(lifted_at=timezone.now())
    Ticket.objects.filter(pk=told.ticket.pk).update(
        status="CLOSED", outcome="resolved", outcome_at=timezone.now(), closed_at=timezone.now()
    )
    told.ticket.refresh_from_db()
    return told


def erase(world: World, story: Story) -> None:
    erasure.erase(
        people=[story.rows["tickets.citizen"]], tickets=[], actor=actor_of(world.user("dpo")),
        now=timezone.now(), reason="Dilekçe",
    )  # fmt: skip


def samples() -> list[str]:
    """What the planner keeps of values."""
    kept = "most_common_vals::text, histogram_bounds::text, most_common_elems::text"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(
            f"SELECT tablename || '.' || attname, {kept} FROM pg_stats WHERE schemaname = 'public'"
        )
        return [" ".join(map(str, row)) for row in cursor.fetchall()]


def stats() -> list[str]:
    kept = "most_common_vals::text, histogram_bounds::text, most_common_elems::text"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT tablename || '.' || attname, {kept} FROM pg_stats WHERE schemaname = 'public'"
        )
        return [" ".join(map(str, row)) for row in cursor.fetchall()]


def found_in(texts: list[str], marks: dict[str, str]) -> set[str]:
    """Which columns' marks stand there; bytes stand there in hexadecimal."""
    coded = {mark.encode().hex(): mark for mark in marks}
    plain = " ".join(texts)
    return {marks[mark] for code, mark in coded.items() if mark in plain or code in plain}


def kept_rows() -> list[str]:
    return [row for row in everything() if row.split(" ")[0] not in STAYS]


def test_each_column_of_a_person_is_stamped(story: Story) -> None:
    """Without this the tests below would hold for a person who is nowhere."""
    marks = stamp(story.ticket)
    assert len(marks) > 50
    assert found_in(kept_rows(), marks) == set(marks.values())
    tables = {name.split(".")[0] for name in marks.values()}
    led = {model._meta.db_table for model in apps.get_models() if list(paths(model)) and list(columns(model))}
    without_a_row = led - tables - set(STAYS)
    assert len(without_a_row) < len(led) / 2


def test_of_whoever_is_erased_no_column_file_log_or_key_holds_anything(
    world: World, story: Story, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    marks = stamp(story.ticket)
    erase(world, story)
    left = files(tmp_path)
    assert found_in(kept_rows(), marks) == set()
    assert found_in([*left, *(each.decode(errors="replace") for each in left.values())], marks) == set()
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert found_in(logged, marks) == set()
    with current_app.connection_for_read() as broker:  # what tasks carry
        channel: Any = broker.default_channel
        client = channel.client
        carried = [f"{key!r} {client.dump(key)!r}" for key in client.scan_iter()]
    assert found_in(carried, marks) == set()


@pytest.mark.slow
def test_the_planner_keeps_nothing_of_whoever_is_erased(world: World, story: Story) -> None:
    marks = stamp(story.ticket)
    for number in range(30):  # of a few rows alone nothing is common
        Citizen.objects.create(name=f"Komşu {number}")
    name = Citizen.objects.values_list("name", flat=True).get(pk=story.rows["tickets.citizen"])
    Citizen.objects.create(name=name)  # twice: what is common is kept
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert found_in(samples(), marks) != set()
    Citizen.objects.filter(name=name).exclude(pk=story.rows["tickets.citizen"]).delete()
    erase(world, story)
    assert found_in(samples(), marks) == set()


def test_a_lifted_hold_says_no_more_why_it_was(world: World, story: Story) -> None:
    erase(world, story)
    assert LegalHold.objects.get().reason == ""


@pytest.mark.parametrize(
    "query", ["q=Mavikelam", "q=Mavikelam%27%C4%B1n", "q=mavikelamın çukur", "q=05324714711"]
)
def test_a_saved_search_for_whoever_is_erased_goes(world: World, story: Story, query: str) -> None:
    by = world.user("operator")
    SavedFilter.objects.create(user=by, name="onun", query=query)
    SavedFilter.objects.create(user=by, name="başkası", query="q=Veli&durum=acik")
    erase(world, story)
    assert list(SavedFilter.objects.values_list("name", flat=True)) == ["başkası"]


def test_a_wamid_of_whoever_is_erased_stays_as_its_digest_alone(world: World, story: Story) -> None:
    erase(world, story)
    assert all(wamid.startswith("erased:") for wamid in Message.objects.values_list("wamid", flat=True))
