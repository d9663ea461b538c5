"""What citizens read as a file: every sentence out, those changed in; the templates out alone."""

from io import BytesIO

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.test import Client

from departments.common import cache
from departments.models import Role
from departments.staff.role_permissions import give_role, grant_roles
from tests.departments.spreadsheets.test_import_export import CSV, XLSX, confirm, export, upload
from whatsapp.texts import overrides
from whatsapp.texts.catalog import TABLES, override_rules
from whatsapp.texts.models.text_overrides import TextOverride
from whatsapp.texts.template_parameters import TEMPLATES

TEMPLATE_FILE = "/admin/whatsapp/textoverride/sablonlar/sablonlar"
HELLO, NEW = "sentences.hello", "Merhaba, hoş geldiniz. Sorunu yazın."
HEAD = "dil;anahtar;metin\n"


@pytest.fixture
def admin(db: None) -> Client:
    cache.refresh()
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def read(client: Client, lines: str) -> str:
    return upload(client, "textoverride", HEAD + lines, app="whatsapp")


def take(client: Client, lines: str) -> None:
    read(client, lines)
    confirm(client, "textoverride", app="whatsapp")


def test_a_sentence_changes_once_its_preview_is_confirmed(admin: Client) -> None:
    shown = read(admin, f"tr;{HELLO};{NEW}\n")
    assert HELLO in shown
    assert NEW in shown
    assert not TextOverride.objects.exists()
    confirm(admin, "textoverride", app="whatsapp")
    row = TextOverride.objects.get()
    assert (row.language, row.key, row.text) == ("tr", HELLO, NEW)
    assert row.by == User.objects.get()
    assert overrides.table_of("tr").sentences["hello"] == NEW


def test_the_shipped_sentence_comes_back_by_a_file_and_leaves_no_row(admin: Client) -> None:
    take(admin, f"en;{HELLO};Hi there.\n")
    take(admin, f'en;{HELLO};"{TABLES["en"].sentences["hello"]}"\n')
    assert not TextOverride.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [XLSX, CSV])
def test_every_sentence_of_every_language_is_in_the_file_and_comes_back_unchanged(
    admin: Client, kind: str
) -> None:
    take(admin, f"tr;{HELLO};{NEW}\n")
    upload(admin, "textoverride", export(admin, "textoverride", kind, app="whatsapp"), kind, app="whatsapp")
    totals = admin.job.totals  # type: ignore[attr-defined]
    assert totals["skip"] == sum(len(override_rules.flat(table)) for table in TABLES.values())
    assert totals["update"] == 0


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"tr;{HELLO};Merhaba {{ad}}", "Bu metinde kullanılamayan alan: {ad}"),
        ("tr;buttons.add;Buraya bir şeyler ekleyin", "en çok 20 olabilir"),
        (f"xx;{HELLO};Merhaba", "“xx / sentences.hello” diye bir cümle yok."),
        ("tr;templates.;Merhaba", "“tr / templates.” diye bir cümle yok."),
    ],
)
def test_a_sentence_that_could_not_be_said_is_named_and_nothing_of_the_file_is_taken(
    admin: Client, line: str, why: str
) -> None:
    assert why in read(admin, f"tr;{HELLO};{NEW}\n{line}\n")
    [[number, *_]] = admin.job.errors  # type: ignore[attr-defined]
    assert number == 3
    assert not TextOverride.objects.exists()


def test_the_templates_are_read_as_a_file(admin: Client) -> None:
    sheet = openpyxl.load_workbook(BytesIO(admin.get(f"{TEMPLATE_FILE}.xlsx").content)).active
    assert sheet is not None
    assert sheet.max_row == len(TEMPLATES) + 1
    text = admin.get(f"{TEMPLATE_FILE}.csv").content.decode("utf-8-sig")
    assert "basvuru_cozuldu;Türkçe;UTILITY" in text
    assert admin.get(f"{TEMPLATE_FILE}.exe").status_code == 404


def test_others_take_the_sentences_along_and_bring_none(db: None) -> None:
    grant_roles()
    user = User.objects.create_user("okur", is_staff=True)
    give_role(user, Role.SUPERVISOR)
    client = Client()
    client.force_login(user)
    assert client.get("/admin/whatsapp/textoverride/import/").status_code == 403
    assert HELLO in export(client, "textoverride", app="whatsapp").decode()
    assert client.get(f"{TEMPLATE_FILE}.csv").status_code == 200
