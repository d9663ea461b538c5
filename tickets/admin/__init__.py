"""The back office's pages of the citizen's record: read here, written through services alone."""

from tickets.admin.records import AttachmentAdmin, CitizenAdmin, TicketEventAdmin, TicketNumberAdmin
from tickets.admin.rules import RoutingRuleAdmin
from tickets.admin.ticket import TicketAdmin

__all__ = [
    "AttachmentAdmin",
    "CitizenAdmin",
    "RoutingRuleAdmin",
    "TicketAdmin",
    "TicketEventAdmin",
    "TicketNumberAdmin",
]
