"""Cursor pages: as fast on the last page as on the first, and steady while new tickets come in."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from typing_extensions import override

# What may be asked for → the column; a ticket without a target is due by law.
ORDERINGS = {"created_at": "created_at", "updated_at": "updated_at", "resolution_due_at": "due_at"}
CHOICES = [sign + name for name in ORDERINGS for sign in ("", "-")]


class TicketPages(CursorPagination):
    """Newest first unless `ordering` says otherwise, 50 a page unless `page_size` says otherwise (at most 500)."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    # How many tickets may stand at the same place of an order: all that came overnight are due at the same moment.
    offset_cutoff = 1_000_000

    @override
    def decode_cursor(self, request: Request) -> Cursor | None:
        """The place to go on from; a made-up one is refused here, since the database would stumble over it."""
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor is None or cursor.position is None:
            return cursor
        try:
            moment = datetime.fromisoformat(str(cursor.position))
        except ValueError:
            raise NotFound from None
        if moment.tzinfo is None:
            raise NotFound
        return cursor

    @override
    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        asked = request.query_params.get("ordering", "-created_at")
        if asked not in CHOICES:
            raise ValidationError({"ordering": f"Şunlardan biri olmalı: {', '.join(CHOICES)}."})
        sign = "-" if asked.startswith("-") else ""
        return (sign + ORDERINGS[asked.removeprefix("-")], f"{sign}id")
