"""Sentences rewritten by the administrator: checked, said at once, and taken back."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from departments.common import cache
from departments.models import Role
from departments.staff.role_permissions import give_role, grant_roles
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE
from whatsapp.graph.lengths import INTERACTIVE_LIMIT, units
from whatsapp.models import Outbox
from whatsapp.texts import catalog, overrides, render
from whatsapp.texts.catalog import TABLES, override_rules
from whatsapp.texts.catalog.descriptions import SECTIONS, description_of
from whatsapp.texts.models.text_overrides import TextOverride

HELLO = "sentences.hello"
PAGE = "/admin/whatsapp/textoverride/soz/tr/sentences.hello/"
NEW = "Merhaba, hoş geldiniz. Sorunu yazın."


@pytest.fixture
def spoken(db: None) -> Iterator[None]:
    """The process speaks as the application does."""
    cache.refresh()
    catalog.set_source(overrides.table_of)
    yield
    cache.refresh()


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def admin(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def rewrite(root: User, key: str, text: str, language: str = "tr") -> TextOverride | None:
    entry = overrides.entry_of(language, key)
    assert entry
    return overrides.rewrite(entry=entry, language=language, text=text, user=root, now=timezone.now())


@pytest.mark.parametrize("language", TABLES)
@pytest.mark.parametrize("key", override_rules.flat(TABLES["tr"]))
def test_every_shipped_sentence_could_have_been_written_by_staff(language: str, key: str) -> None:
    table = TABLES[language]
    assert override_rules.faults(key, override_rules.flat(table)[key], table) == []


@pytest.mark.parametrize("key", override_rules.flat(TABLES["tr"]))
def test_every_sentence_says_when_it_is_said_and_has_examples_for_its_gaps(key: str) -> None:
    assert description_of(key)
    assert override_rules.section_of(key) in SECTIONS
    assert "{" not in override_rules.filled(override_rules.flat(TABLES["tr"])[key])


def test_every_sentence_of_the_talk_has_an_occasion_of_its_own() -> None:
    talk = [
        key
        for key in override_rules.flat(TABLES["tr"])
        if override_rules.section_of(key) in ("sentences", "danger", "news")
    ]
    assert [key for key in talk if description_of(key) in SECTIONS.values()] == []


@pytest.mark.parametrize("key", override_rules.flat(TABLES["tr"]))
def test_a_rewritten_table_differs_by_that_sentence_alone(key: str) -> None:
    changed = override_rules.flat(override_rules.rewritten(TABLES["tr"], {key: "BAŞKA"}))
    assert changed == {**override_rules.flat(TABLES["tr"]), key: "BAŞKA"}


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        (HELLO, "  ", "boş olamaz"),
        (HELLO, "a" * 501, "501 birim; en çok 500"),
        (HELLO, "😀" * 251, "502 birim"),
        ("sentences.added", "Ekledik.", "{number}"),
        (HELLO, "Merhaba {ad}", "{ad}"),
        (HELLO, "Merhaba {", "Süslü ayraç"),
        ("sentences.added", "{number} {number.__class__}", "Süslü ayraç"),
        ("sentences.added", "{number} {number!r}", "Süslü ayraç"),
        ("buttons.add", "Konum düzelt", "ayrılmalı"),
        ("buttons.add", "iki\nsatır", "tek satır"),
        ("buttons.add", "Buraya bir şeyler ekle", "en çok 20"),
    ],
)
def test_what_whatsapp_or_the_line_cannot_say_is_refused_with_its_cause(
    key: str, text: str, why: str
) -> None:
    assert why in " ".join(override_rules.faults(key, text, TABLES["tr"]))


def test_the_longest_allowed_sentence_is_whole_on_a_message_with_the_longest_allowed_notice() -> None:
    longest = {
        "notice": "{url}" + "n" * (override_rules.limit_of("notice") - 5 - 60),
        "sentences.ask_place": "s" * override_rules.limit_of("sentences.ask_place"),
    }
    catalog.set_source(lambda language: override_rules.rewritten(TABLES[language], longest))
    words = render.say("ask_place", notice_url="https://www.melikgazi.bel.tr/" + "k" * 31)
    assert units(words.text) <= INTERACTIVE_LIMIT
    assert not words.text.endswith("…")


def test_a_citizen_hears_what_the_administrator_wrote(line: Line, spoken: None, root: User) -> None:
    rewrite(root, HELLO, NEW)
    line.hear(wire.text(AYSE, "merhaba"))
    line.later(seconds=7)
    assert NEW in Outbox.objects.latest("id").text


def test_the_shipped_sentence_comes_back_and_leaves_no_row(spoken: None, root: User) -> None:
    rewrite(root, HELLO, NEW)
    rewrite(root, HELLO, TABLES["tr"].sentences["hello"])
    assert render.say("hello").text == TABLES["tr"].sentences["hello"]
    assert not TextOverride.objects.exists()


def test_another_language_stays_as_it_is(spoken: None, root: User) -> None:
    rewrite(root, HELLO, NEW)
    assert render.say("hello", "en").text == TABLES["en"].sentences["hello"]


def test_the_page_saves_logs_and_takes_back(admin: Client, spoken: None) -> None:
    assert admin.post(PAGE, {"text": NEW}).status_code == 302
    assert render.say("hello").text == NEW
    assert NEW in admin.get("/admin/admin/logentry/").content.decode()
    assert "değiştirildi" in admin.get("/admin/whatsapp/textoverride/?dil=tr&degisen=on").content.decode()
    admin.post(PAGE, {"restore": "1"})
    assert render.say("hello").text == TABLES["tr"].sentences["hello"]


def test_the_page_says_why_a_text_is_refused_and_keeps_it_for_mending(admin: Client) -> None:
    response = admin.post(PAGE, {"text": "Merhaba {ad}"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "kullanılamayan alan: {ad}" in page
    assert "Merhaba {ad}</textarea>" in page
    assert not TextOverride.objects.exists()


def test_sentences_are_found_by_words_however_they_are_written(admin: Client) -> None:
    page = admin.get("/admin/whatsapp/textoverride/?q=YILDIZ").content.decode()
    assert "1 yıldız" in page
    assert HELLO not in page


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.DPO])
def test_others_read_and_cannot_write(db: None, role: Role) -> None:
    grant_roles()
    user = User.objects.create_user("okur", is_staff=True)
    give_role(user, role)
    client = Client()
    client.force_login(user)
    assert "Kaydet" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"text": NEW}).status_code == 403


@pytest.mark.parametrize(
    "path", ["xx/sentences.hello", "tr/sentences.nothing", "tr/templates.", "tr/months.0"]
)
def test_what_is_no_sentence_is_not_there(admin: Client, path: str) -> None:
    assert admin.get(f"/admin/whatsapp/textoverride/soz/{path}/").status_code == 404
