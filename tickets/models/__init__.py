"""The citizen's record: tickets, their append-only timeline, their photos. Written by `tickets.services` alone."""

from tickets.models.api_clients import ApiAccess  # Django looks for that module's models here
from tickets.models.citizen import Citizen
from tickets.models.clocks import Breach, Clock, Stage
from tickets.models.desk import CannedAnswer, Reading, SavedFilter
from tickets.models.monthly import MonthlyReport
from tickets.models.notices import Notice, NoticeWish
from tickets.models.privacy import Access, Destruction, DoomedFile, LegalHold, Retention
from tickets.models.ticket import Kind, LocationSource, Priority, Source, Ticket, TicketNumber
from tickets.models.timeline import Attachment, TicketEvent

__all__ = [
    "Access",
    "ApiAccess",
    "Attachment",
    "Breach",
    "CannedAnswer",
    "Citizen",
    "Clock",
    "Destruction",
    "DoomedFile",
    "Kind",
    "LegalHold",
    "LocationSource",
    "MonthlyReport",
    "Notice",
    "NoticeWish",
    "Priority",
    "Reading",
    "Retention",
    "SavedFilter",
    "Source",
    "Stage",
    "Ticket",
    "TicketEvent",
    "TicketNumber",
]
