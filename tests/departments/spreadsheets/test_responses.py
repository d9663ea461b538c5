"""Workbooks that people open."""

from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import pytest

from departments.spreadsheets.responses import WIDEST, xlsx_of


@pytest.mark.django_db
def test_columns_are_wide_enough_for_their_first_rows() -> None:
    rows = [("MG-2026-000001", datetime(2026, 12, 7, 9, 5, tzinfo=UTC), "kısa"), ("2", None, "uzun " * 100)]
    with closing(xlsx_of(["No", "Geliş", "Özet"], rows, turkish=True)) as response:
        sheet = openpyxl.load_workbook(BytesIO(b"".join(response))).active
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert widths[0] > len("MG-2026-000001")
    assert widths[1] > len("07.12.2026 12:05")
    assert WIDEST <= widths[2] < WIDEST + 1
    assert sheet.auto_filter.ref == "A1:C3"
