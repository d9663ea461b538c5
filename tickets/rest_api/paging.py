"""Cursor pagination of tickets: the last page is as fast as the first, and new tickets do not shift pages."""

import json
import re
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from departments.common.days import EARLIEST, LATEST

# `ordering` → the column; `due` is the resolution target, or the legal limit where there is none.
ORDERINGS = {"created_at": "created_at", "updated_at": "updated_at", "resolution_due_at": "due_at"}
CHOICES = [sign + name for name in ORDERINGS for sign in ("", "-")]
MAX_PAGE_SIZE = 500
COUNTS = ("exact", "estimate")
FEW = 1_000  # of which the planner may be wrong by half, and which are soon counted


class TicketPages(CursorPagination):
    """Newest first unless `ordering` says otherwise, 50 a page unless `page_size` says otherwise (at most 500).

    With `count=exact` the answer says how many tickets there are in all, with `count=estimate` about how many, which
    takes no longer however many they are.
    """

    page_size = 50
    max_page_size = MAX_PAGE_SIZE
    count: int | None = None
    page_size_query_param = "page_size"
    # Tickets with the same sort value that a cursor can skip: all that came overnight are due at the same moment.
    offset_cutoff = 1_000_000

    @override
    def decode_cursor(self, request: Request) -> Cursor | None:
        """Decodes the cursor; a forged one is refused here, since it would be an error in the database."""
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor is None or cursor.position is None:
            return cursor
        try:
            moment = datetime.fromisoformat(str(cursor.position))
        except ValueError:
            raise NotFound from None
        if moment.tzinfo is None or not EARLIEST <= moment.date() <= LATEST:
            raise NotFound
        return cursor

    @override
    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get(self.page_size_query_param or "", "")
        if not asked:
            return self.page_size
        if not (re.fullmatch("[0-9]{1,4}", asked) and 1 <= int(asked) <= MAX_PAGE_SIZE):
            raise ValidationError({"page_size": f"1 ile {MAX_PAGE_SIZE} arasında bir sayı olmalı."})
        return int(asked)

    @override
    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        asked = request.query_params.get("count", "")
        if asked and asked not in COUNTS:
            raise ValidationError({"count": f"Şunlardan biri olmalı: {', '.join(COUNTS)}."})
        if asked:
            self.count = queryset.count() if asked == "exact" else estimated(queryset)
        return super().paginate_queryset(queryset, request, view)

    @override
    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        if self.count is not None:
            response.data = {"count": self.count, **response.data}
        return response

    @override
    def get_paginated_response_schema(self, schema: Any) -> Any:
        page = {"type": ["string", "null"], "format": "uri", "description": "The address of that page."}
        count = {
            "type": "integer",
            "description": "How many there are in all pages, where `count` asked for it.",
        }
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": page, "previous": page, "results": schema, "count": count},
        }

    @override
    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        asked = request.query_params.get("ordering", "-created_at")
        if asked not in CHOICES:
            raise ValidationError({"ordering": f"Şunlardan biri olmalı: {', '.join(CHOICES)}."})
        sign = "-" if asked.startswith("-") else ""
        return (sign + ORDERINGS[asked.removeprefix("-")], f"{sign}id")


def estimated(queryset: QuerySet[Any]) -> int:
    """How many rows the planner expects; where it expects few, they are counted as far as that."""
    rows = queryset.order_by().values("pk")
    expected = int(json.loads(rows.explain(format="json"))[0]["Plan"]["Plan Rows"])
    return expected if expected > FEW else rows[: FEW + 1].count()
