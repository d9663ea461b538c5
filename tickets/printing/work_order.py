"""The work order as PDF, for the crew in the field: what, where with a map, a QR code of the ticket's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import segno

from departments.models import Artery, Neighbourhood
from departments.places.points import Point
from departments.working_time.working_hours import ISTANBUL
from tickets.printing.charts import Frame
from tickets.printing.map_drawing import draw_map
from tickets.printing.sheet import BLUE, GREY, HEIGHT, INK, INNER, MARGIN, RED, Letterhead, Sheet
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent

QR, MAP_HEIGHT = 30.0, 70.0
IN_A_ROW, PHOTO_HEIGHT = 3, 45.0
MOST_PHOTOS, MOST_NOTES = 6, 10


@dataclass(frozen=True)
class WorkOrder:
    """The data of a work order: `address` is the URL of the ticket's page, `notes` are the newest first.

    `around` are the mahalleler and `roads` the main roads for its map.
    """

    ticket: Ticket
    address: str
    photos: Sequence[bytes]
    notes: Sequence[TicketEvent]
    around: Sequence[Neighbourhood]
    roads: Sequence[Artery]
    made_at: datetime
    letterhead: Letterhead


def draw(order: WorkOrder) -> bytes:
    """The work order as PDF. It has no telephone number, since paper gets lost."""
    ticket = order.ticket
    foot = f"{order.letterhead.name} Çözüm Hattı · {ticket.number} · {_moment(order.made_at)} itibarıyla"
    sheet = Sheet(f"İş emri {ticket.number}", foot, order.made_at)
    sheet.add_page()
    _code(sheet, order.address)
    sheet.draw_crest(order.letterhead.crest, QR + 4)
    sheet.text_line(ticket.number, 17, BLUE, bold=True)
    sheet.text_line(ticket.category.name if ticket.category else "Konusu belirsiz", 11, bold=True)
    if ticket.urgent:
        sheet.text_line(f"ACİL {ticket.urgent_reason}".strip(), 11, RED, bold=True)
    sheet.ln(3)
    _facts(sheet, ticket)
    sheet.heading("Anlatılan", 15)
    sheet.paragraph(ticket.description or "Açıklama yok.", 10)
    _map(sheet, order)
    _photos(sheet, order.photos[:MOST_PHOTOS])
    _notes(sheet, order.notes[:MOST_NOTES])
    return bytes(sheet.output())


def _code(sheet: Sheet, address: str) -> None:
    """The QR code in the upper right corner, drawn square by square."""
    code = segno.make(address, error="m", micro=False)
    rows = [bytes(row) for row in code.matrix]
    size = QR / len(rows)
    left, top = MARGIN + INNER - QR, sheet.get_y()
    sheet.set_fill_color(*INK)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                sheet.rect(left + across * size, top + down * size, size, size, "F")


def _facts(sheet: Sheet, ticket: Ticket) -> None:
    aimed = ticket.resolution_due_at if not ticket.is_danger else None  # the target of a danger is minutes
    due = ticket.planned_for.strftime("%d.%m.%Y") if ticket.planned_for else ""
    place = ticket.neighbourhood.full_name if ticket.neighbourhood else ""
    spot = f"{ticket.lat:.5f}, {ticket.lon:.5f}" if ticket.lat is not None and ticket.lon is not None else ""
    facts = (
        ("Durum", ticket.get_status_display()),
        ("Birim", ticket.department.name if ticket.department else ""),
        ("Sorumlu", ticket.assignee.get_full_name() or ticket.assignee.username if ticket.assignee else ""),
        ("Geliş", _moment(ticket.created_at)),
        ("Evrak no (EBYS)", ticket.registry_number),
        ("CİMER no", ticket.cimer_number),
        ("Programlanan gün", due),
        ("Çözüm hedefi", _moment(aimed) if aimed else ""),
        ("Vatandaş", (ticket.citizen.name or "") if ticket.citizen else ""),
        ("Mahalle", place),
        ("Adres", ticket.address),
        ("Konum", spot),
    )
    for name, value in facts:
        if value:
            sheet.use_font(9, GREY)
            sheet.cell(34, 5.2, name)
            sheet.use_font(9)
            sheet.multi_cell(INNER - 34 - QR - 4, 5.2, value, new_x="LMARGIN", new_y="NEXT")


def _map(sheet: Sheet, order: WorkOrder) -> None:
    ticket = order.ticket
    if ticket.lat is None or ticket.lon is None:
        return
    sheet.heading("Harita", MAP_HEIGHT + 8)
    frame = Frame(MARGIN, sheet.get_y(), INNER, MAP_HEIGHT)
    draw_map(sheet, frame, Point(ticket.lat, ticket.lon), ticket.neighbourhood, order.around, order.roads)
    sheet.set_y(frame.y + frame.h + 2)


def _photos(sheet: Sheet, photos: Sequence[bytes]) -> None:
    if not photos:
        return
    sheet.heading("Fotoğraflar", PHOTO_HEIGHT + 8)
    width = INNER / IN_A_ROW
    for number, photo in enumerate(photos):
        if number and number % IN_A_ROW == 0:
            _next_row(sheet)
        left = MARGIN + number % IN_A_ROW * width
        sheet.image(photo, left, sheet.get_y(), width - 2, PHOTO_HEIGHT, keep_aspect_ratio=True)
    sheet.set_y(sheet.get_y() + PHOTO_HEIGHT + 2)


def _next_row(sheet: Sheet) -> None:
    below = sheet.get_y() + PHOTO_HEIGHT + 2
    if below + PHOTO_HEIGHT > HEIGHT - 20:
        sheet.add_page()
    else:
        sheet.set_y(below)


def _notes(sheet: Sheet, notes: Sequence[TicketEvent]) -> None:
    if not notes:
        return
    sheet.heading("Notlar", 20)
    for event in notes:
        who = event.actor.get_full_name() or event.actor.username if event.actor else ""
        sheet.paragraph(f"{_moment(event.at)} {who}: {event.note}", 9)
        sheet.ln(1)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ISTANBUL):%d.%m.%Y %H.%M}"
