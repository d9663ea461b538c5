"""The numbers of tickets, MG-2026-000001, and the codes of their public pages."""

from datetime import datetime
from secrets import token_bytes

from django.db import connection

from departments.working_time.working_hours import ISTANBUL
from tickets.record.models.ticket import Ticket
from tickets.record.search import searchable

CODE_CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

_NEXT_NUMBERS = """
INSERT INTO tickets_ticketnumber (year, last) VALUES (%s, %s)
ON CONFLICT (year) DO UPDATE SET last = tickets_ticketnumber.last + EXCLUDED.last
RETURNING last, EXISTS (SELECT FROM tickets_ticket WHERE public_code = %s)
"""


def next_numbers(year: int, count: int) -> list[str]:
    """`MG-2026-000001` and on. Never given twice; undone only together with the caller's transaction. The number of
    a ticket whose opening was taken back stays a gap (docs/decisions/0025).
    """
    return _numbers(year, count)[0]


def number(ticket: Ticket, now: datetime) -> None:
    """Gives the ticket its number, and the code that opens its public page."""
    ticket.public_code = _code()
    (ticket.number,), taken = _numbers(now.astimezone(ISTANBUL).year, 1, ticket.public_code)
    while taken:  # once in a million tickets
        ticket.public_code = _code()
        taken = Ticket.objects.filter(public_code=ticket.public_code).exists()
    ticket.search = searchable(ticket)  # the number is among what is searched


def _code() -> str:
    """Eight characters that open the request's public page; without 0, O, 1 and I, which are read for each other."""
    return "".join(CODE_CHARACTERS[byte % 32] for byte in token_bytes(8))


def _numbers(year: int, count: int, code: str = "") -> tuple[list[str], bool]:
    """The next numbers of the year, and whether a ticket has the code already."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBERS, [year, count, code])
        last, taken = cursor.fetchone()
    return [f"MG-{year}-{number:06d}" for number in range(last - count + 1, last + 1)], taken
