"""The frame of the back office: menu, language, colours."""

import re
from pathlib import Path

import pytest
import unfold
from django.contrib.auth.models import User
from django.forms import modelform_factory
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from melikgazi.back_office.unfold import NAVIGATION
from melikgazi.web.turkish_capitals import capfirst
from tickets.models import TicketEvent

TEMPLATES = Path(unfold.__file__).parent / "templates"
# {% trans "…" %}, {% translate '…' %}, _('…') as they stand in templates.
SENTENCE = re.compile(r"""(?:\{%\s*trans(?:late)?\s+|_\()(["'])(.+?)\1""")
SAME_IN_BOTH = {"Admin", "Sort"}


def sentences() -> set[str]:
    found: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        found |= {match[1] for match in SENTENCE.findall(path.read_text())}
    return found


def test_no_word_of_the_frame_is_left_in_english() -> None:
    with translation.override("tr"):
        english = {text for text in sentences() if translation.gettext(text) == text}
    assert english <= SAME_IN_BOTH


@pytest.mark.slow
@pytest.mark.django_db
def test_the_menu_leads_everywhere_that_it_names() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    for item in (item for group in NAVIGATION for item in group["items"]):
        assert client.get(str(item["link"])).status_code == 200, item["title"]


@pytest.mark.django_db
def test_the_menu_shows_no_box_where_nobody_waits() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    page = client.get("/admin/").content.decode()
    assert re.search(r'<span class="waiting-count [^"]*" hidden></span>', page)


@pytest.mark.django_db
def test_the_menu_names_nothing_that_stays_shut() -> None:
    client = Client()
    client.force_login(User.objects.create_user("stranger", is_staff=True))
    page = client.get("/admin/").content.decode()
    assert "Panel" in page
    assert "Giden mesajlar" not in page


@pytest.mark.parametrize(
    ("words", "shown"),
    [("ilk işlem", "İlk işlem"), ("ısı", "Isı"), ("şikâyet", "Şikâyet"), ("İç not", "İç not"), ("", "")],
)
def test_a_label_begins_with_a_turkish_capital(words: str, shown: str) -> None:
    assert capfirst(words) == shown
    assert Template("{{ words|capfirst }}").render(Context({"words": words})) == shown


def test_the_labels_that_django_makes_begin_with_a_turkish_capital() -> None:
    form = modelform_factory(TicketEvent, fields=["note"])
    assert form.base_fields["note"].label == "İç not"


@pytest.mark.django_db
def test_an_empty_list_offers_to_clear_filters_only_where_something_is_filtered() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    plain = client.get("/admin/tickets/citizen/").content.decode()
    assert "Burada henüz kayıt yok" in plain
    assert "Süzgeçleri temizle" not in plain
    searched = client.get("/admin/tickets/citizen/?q=zeynep").content.decode()
    assert "Bu süzgeçlere uyan kayıt yok" in searched
    assert "Süzgeçleri temizle" in searched


@pytest.mark.parametrize(
    ("value", "said", "icon"), [(False, "hayır", ""), (True, "evet", "check_small"), (None, "bilinmiyor", "")]
)
def test_a_no_is_a_word_and_neither_red_nor_a_cross(value: bool | None, said: str, icon: str) -> None:
    shown = render_to_string("unfold/helpers/boolean.html", {"value": value})
    assert said in shown
    assert "red" not in shown
    assert ("material-symbols" in shown) == bool(icon)
    assert icon in shown
