"""The bulletin: set and ended by a supervisor, said once before a first answer, never beside danger."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.common import cache
from departments.models import Role
from departments.staff.role_permissions import give_role, grant_roles
from tests.whatsapp.line import MORNING
from tests.whatsapp.talk import PLACED, Talk
from whatsapp.conversation.effects import AnswerStatus, Choose, OpenTicket, Say
from whatsapp.conversation.types import Danger
from whatsapp.graph.lengths import INTERACTIVE_LIMIT, units
from whatsapp.models import Bulletin
from whatsapp.texts import bulletins, catalog, render
from whatsapp.texts.bulletins import InvalidBulletin

PAGE = "/admin/whatsapp/bulletin/"
DAY = timedelta(days=1)
SNOW = "Yoğun kar yağışı sürüyor."


@pytest.fixture
def supervisor(db: None) -> User:
    grant_roles()
    user = User.objects.create_user("sorumlu", first_name="Zeynep", is_staff=True)
    give_role(user, Role.SUPERVISOR)
    return user


@pytest.fixture
def desk(supervisor: User) -> Client:
    client = Client()
    client.force_login(supervisor)
    return client


def put_up(user: User, *, days: float = 1, **texts: str) -> Bulletin:
    return bulletins.put_up(
        texts={"tr": SNOW} | texts, ends_at=MORNING + timedelta(days=days), user=user, now=MORNING
    )


# --- when it holds -------------------------------------------------------------------------------------------
def test_it_is_in_force_from_now_until_its_end(supervisor: User):
    row = put_up(supervisor)
    assert bulletins.in_force(MORNING) == row.pk
    assert bulletins.in_force(MORNING + DAY) == 0


def test_it_is_over_when_somebody_ends_it(supervisor: User):
    row = put_up(supervisor)
    assert bulletins.end(bulletin=row, user=supervisor, now=MORNING + DAY / 2)
    assert bulletins.in_force(MORNING + DAY / 2) == 0
    row.refresh_from_db()
    assert (row.set_by, row.ended_by, row.ended_at) == (supervisor, supervisor, MORNING + DAY / 2)


def test_what_is_over_is_not_ended_again(supervisor: User):
    row = put_up(supervisor)
    assert not bulletins.end(bulletin=row, user=supervisor, now=MORNING + 2 * DAY)
    row.refresh_from_db()
    assert row.ended_by is None


def test_there_is_one_at_a_time(supervisor: User):
    put_up(supervisor)
    with pytest.raises(InvalidBulletin, match="Yürürlükte bir duyuru var"):
        put_up(supervisor)


def test_the_database_knows_of_one_at_a_time_too(supervisor: User):
    put_up(supervisor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Bulletin.objects.create(text="Su yok", set_at=MORNING, ends_at=MORNING + DAY)


def test_another_follows_when_the_first_is_over(supervisor: User):
    row = put_up(supervisor)
    bulletins.end(bulletin=row, user=supervisor, now=MORNING + timedelta(hours=1))
    next_one = bulletins.put_up(
        texts={"tr": "Su geldi."}, ends_at=MORNING + DAY, user=supervisor, now=MORNING + timedelta(hours=1)
    )
    assert bulletins.in_force(MORNING + timedelta(hours=2)) == next_one.pk


@pytest.mark.parametrize(
    ("texts", "days", "field"),
    [
        ({"tr": " "}, 1, "tr"),
        ({"tr": SNOW, "en": "x" * 451}, 1, "en"),
        ({"tr": SNOW}, 7.1, "ends_at"),
        ({"tr": SNOW}, 0, "ends_at"),
        ({"tr": SNOW}, None, "ends_at"),
    ],
    ids=["no Turkish", "too long", "too far", "past", "no end"],
)
def test_what_is_wrong_is_said_by_field(
    supervisor: User, texts: dict[str, str], days: float | None, field: str
):
    ends_at = None if days is None else MORNING + timedelta(days=days)
    with pytest.raises(InvalidBulletin) as refusal:
        bulletins.put_up(texts=texts, ends_at=ends_at, user=supervisor, now=MORNING)
    assert list(refusal.value.faults) == [field]


def test_a_language_without_a_text_hears_the_turkish_one(supervisor: User):
    put_up(supervisor, en="Heavy snow.")
    said = [bulletins.text_in(language, MORNING) for language in ("tr", "en", "ar")]
    assert said == [SNOW, "Heavy snow.", SNOW]


def test_a_turn_asks_no_query_for_it(supervisor: User):
    put_up(supervisor)
    bulletins.in_force(MORNING)
    with CaptureQueriesContext(connection) as said:
        bulletins.in_force(MORNING)
        bulletins.text_in("tr", MORNING)
    assert len(said) == 0


def test_a_change_elsewhere_is_seen_from_the_next_turn_on(supervisor: User):
    row = put_up(supervisor)
    bulletins.in_force(MORNING)
    Bulletin.objects.filter(pk=row.pk).update(ended_at=MORNING)
    cache.refresh()
    assert bulletins.in_force(MORNING) == 0


# --- before which answer -------------------------------------------------------------------------------------
def given(talk: Talk) -> list[bool]:
    answers = Say | AnswerStatus | Choose | OpenTicket
    return [each.bulletin for each in talk.effects if isinstance(each, answers)]


def test_it_stands_before_the_first_answer_alone():
    talk = Talk(replace(PLACED, bulletin=3))
    talk.hear(text="Yolda çukur var")
    talk.wake()
    talk.hear(text="durum", command="status")
    assert given(talk) == [True, False]


def test_another_one_is_said_again():
    talk = Talk(PLACED)
    talk.hear(text="durum", command="status", bulletin=3)
    talk.hear(text="durum", command="status", bulletin=4)
    assert given(talk) == [True, True]


def test_it_is_not_said_in_danger_nor_beside_a_warning():
    talk = Talk(PLACED)
    talk.hear(text="belki gaz kokuyor", bulletin=3, danger=Danger("gas_in", sure=False, language="tr"))
    talk.hear(text="yangın var", bulletin=3, danger=Danger("fire", sure=True, language="tr"))
    talk.hear(text="durum", command="status", bulletin=3)
    assert True not in given(talk)
    assert talk.state.bulletin == 0


def test_it_is_not_said_while_a_person_has_the_talk():
    talk = Talk(PLACED)
    talk.hear(text="durum", command="status", bulletin=3, silent_until=talk.now + DAY)
    assert talk.state.bulletin == 0


@pytest.mark.parametrize("language", catalog.TABLES)
@pytest.mark.parametrize("key", ["ask_place_spoken", "ask_outside", "ask_same"])
def test_the_longest_one_fits_a_question_with_a_button(key: str, language: str):
    words = render.say(
        key,
        language,
        notice_url="https://www.melikgazi.bel.tr/kvkk",
        number="MG-2026-000001",
        bulletin="x" * bulletins.TEXT_LIMIT,
    )
    assert words.payload["type"] == "interactive"
    assert units(words.text) <= INTERACTIVE_LIMIT


def test_a_question_too_long_for_a_button_is_asked_without_one():
    words = render.say("ask_place", bulletin="x" * 1000)
    assert words.payload["type"] == "text"
    assert words.text.endswith("sokağı yazın.")


# --- the page ------------------------------------------------------------------------------------------------
def form(**fields: str) -> dict[str, str]:
    tomorrow = timezone.localtime() + DAY
    return {"tr": SNOW, "en": "", "ar": "", "ends_at": f"{tomorrow:%Y-%m-%dT%H:%M}"} | fields


def text_of(response: object) -> str:
    return " ".join(response.content.decode().split())  # type: ignore[attr-defined]


def test_the_page_says_that_there_is_none(desk: Client):
    page = text_of(desk.get(PAGE))
    assert "Yürürlükte duyuru yok." in page
    assert "Henüz duyuru yazılmadı." in page


def test_a_supervisor_puts_one_up_and_ends_it(desk: Client, supervisor: User):
    assert desk.post(PAGE, form()).status_code == 302
    row = Bulletin.objects.get()
    assert row.set_by == supervisor
    assert "Şimdi bitir" in text_of(desk.get(PAGE))
    desk.post(PAGE, {"end": row.pk})
    page = text_of(desk.get(PAGE))
    assert "Zeynep bitirdi" in page
    assert SNOW in page


def test_the_preview_shows_what_citizens_read_and_sets_nothing(desk: Client):
    page = text_of(desk.post(PAGE, form(en="Heavy snow.", preview="1")))
    assert f"{SNOW} Merhaba, burası" in page
    assert "Heavy snow." in page
    assert not Bulletin.objects.exists()


def test_what_is_wrong_stands_at_its_field_and_what_was_written_stays(desk: Client):
    response = desk.post(PAGE, form(ends_at="", en="Heavy snow."))
    assert response.status_code == 400
    assert "Duyurunun biteceği günü ve saati yazın." in text_of(response)
    assert "Heavy snow." in text_of(response)


def test_a_second_one_is_refused_in_words(desk: Client):
    desk.post(PAGE, form())
    response = desk.post(PAGE, form(tr="Su yok"))
    assert "Yürürlükte bir duyuru var" in text_of(response)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DPO])
def test_nobody_else_opens_the_page(db: None, role: Role):
    user = User.objects.create_user("another", is_staff=True)
    grant_roles()
    give_role(user, role)
    client = Client()
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, form()).status_code == 403
