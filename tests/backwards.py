"""Has rows that nobody asked for in an order come backwards (bin/test --backwards).

The server may give them in any order, and mostly gives them as they were written: what relies on that holds for years,
until a table is vacuumed or joined another way.
"""

from typing import Any

import pytest
from django.db.models import QuerySet


def turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every query set without an order that is read whole. A part of one (`[:3]`) is turned in itself."""
    fetch = QuerySet._fetch_all

    def fetch_backwards(self: "QuerySet[Any]") -> None:
        is_new = self._result_cache is None
        fetch(self)
        if is_new and not self.ordered:
            self._result_cache = (self._result_cache or [])[::-1]

    monkeypatch.setattr(QuerySet, "_fetch_all", fetch_backwards)
