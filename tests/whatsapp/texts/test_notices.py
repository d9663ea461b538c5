"""The privacy notice: which version each citizen was shown, when and in which language."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from departments.staff.role_permissions import grant_roles
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE, VELI
from tickets.models import Citizen
from whatsapp.models import NoticeVersion, ShownNotice
from whatsapp.privacy.subject_access import export_of
from whatsapp.texts import catalog, overrides, privacy_notices
from whatsapp.texts.catalog import TABLES

# The shipped texts of a version; who changes a text raises SHIPPED_VERSION and writes the digits of the new ones here.
SHIPPED = {"2": "7a0bd65c"}


def say(line: Line, words: str, person: wire.Person = AYSE) -> None:
    line.hear(wire.text(person, words), by=person)
    line.later(seconds=20)


def rewrite(text: str) -> None:
    user, _ = User.objects.get_or_create(username="yazan", is_superuser=True)
    entry = overrides.entry_of("tr", "notice")
    assert entry
    overrides.rewrite(entry=entry, language="tr", text=text, user=user, now=timezone.now())


@pytest.fixture
def rewritable(line: Line) -> Line:
    catalog.set_source(overrides.table_of)
    return line


def shown() -> list[tuple[str, str]]:
    return list(ShownNotice.objects.order_by("id").values_list("version", "language"))


def test_a_shipped_text_that_changes_is_a_version_of_its_own() -> None:
    texts = {language: table.notice for language, table in TABLES.items()}
    assert SHIPPED[privacy_notices.SHIPPED_VERSION] == privacy_notices.digest_of(texts)


def test_the_first_answer_shows_it_and_that_is_kept_once(line: Line) -> None:
    for words in ("merhaba", "Köşk mahallesinde yolda çukur var", "durum"):
        say(line, words)
    assert shown() == [("2", "tr")]
    kept = ShownNotice.objects.get()
    assert kept.conversation.citizen == Citizen.objects.get()
    assert abs(kept.at - line.now) < timedelta(minutes=2)
    assert NoticeVersion.objects.get().texts["tr"] == TABLES["tr"].notice


def test_it_is_kept_in_the_language_in_which_it_was_shown(line: Line) -> None:
    say(line, "English")
    assert shown()[-1][1] == "en"


def test_another_text_is_another_version_and_is_shown_once_more(rewritable: Line) -> None:
    say(rewritable, "merhaba")
    rewrite("Kişisel verileriniz yeni metinle korunur: {url}")
    for _ in range(2):
        say(rewritable, "durum")
    versions = [version for version, _ in shown()]
    assert versions == ["2", privacy_notices.version()]
    assert versions[1].startswith("2-")
    assert sum("yeni metinle" in text for text in rewritable.meta.texts()) == 1
    assert NoticeVersion.objects.get(pk=versions[1]).texts["tr"].startswith("Kişisel verileriniz yeni")


def test_the_shipped_text_put_back_is_the_shipped_version_again(rewritable: Line) -> None:
    rewrite("Başka: {url}")
    rewrite(TABLES["tr"].notice)
    assert privacy_notices.version() == "2"


def test_the_export_and_the_citizens_page_tell_what_was_shown(line: Line) -> None:
    say(line, "Köşk mahallesinde yolda çukur var")
    say(line, "merhaba", VELI)
    citizen = Citizen.objects.get(name=AYSE.name)
    (told,) = export_of(citizen.pk).contents["Konuşma"]["gösterilen aydınlatma metinleri"]
    assert (told["sürüm"], told["dil"]) == ("2", "tr")
    assert "Kişisel verileriniz" in told["metin"]
    assert "{url}" not in told["metin"]
    grant_roles()
    admin = User.objects.create_superuser("yonetici")
    client = Client()
    client.force_login(admin)
    page = client.get(f"/admin/tickets/citizen/{citizen.pk}/change/").content.decode()
    assert "sürüm 2 (tr)" in page


def test_what_talks_told_before_is_kept_as_shown(line: Line) -> None:
    say(line, "merhaba")
    before = ShownNotice.objects.get()
    ShownNotice.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("whatsapp.migrations.0033_privacy_notices").KNOWN)
    after = ShownNotice.objects.get()
    assert (after.conversation, after.version, after.language) == (before.conversation, "2", "tr")
    assert after.at == before.at
