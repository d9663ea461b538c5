"""A select of many options, drawn by one template."""

from django.test.html import parse_html
from unfold.widgets import UnfoldAdminSelectWidget

from tickets.back_office.long_select import LongSelect


def test_it_looks_as_any_other_select() -> None:
    groups = [("Yol", [(1, "Çukur <büyük>"), (2, "Kaldırım")]), ("", "Seçin"), ("Park", [("ç&b", "Bank")])]
    for chosen in (2, "", None, "ç&b"):
        long, usual = (
            widget({"data-fuzzy": "Yazın", "required": True}, groups).render("konu", chosen)
            for widget in (LongSelect, UnfoldAdminSelectWidget)
        )
        assert parse_html(long) == parse_html(usual)
        assert "selected" in long
