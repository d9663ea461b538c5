"""Cursor pagination of tickets: the last page is as fast as the first, and new tickets do not shift pages."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from typing_extensions import override

from tickets.days import EARLIEST, LATEST

# `ordering` → the column; `due` is the resolution target, or the legal limit where there is none.
ORDERINGS = {"created_at": "created_at", "updated_at": "updated_at", "resolution_due_at": "due_at"}
CHOICES = [sign + name for name in ORDERINGS for sign in ("", "-")]


class TicketPages(CursorPagination):
    """Newest first unless `ordering` says otherwise, 50 a page unless `page_size` says otherwise (at most 500)."""

    page_size = 50
    max_page_size = 500
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
    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        asked = request.query_params.get("ordering", "-created_at")
        if asked not in CHOICES:
            raise ValidationError({"ordering": f"Şunlardan biri olmalı: {', '.join(CHOICES)}."})
        sign = "-" if asked.startswith("-") else ""
        return (sign + ORDERINGS[asked.removeprefix("-")], f"{sign}id")
