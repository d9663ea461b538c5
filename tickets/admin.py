"""Back office registrations of tickets; the pages and the services they write through lie in the features."""

from tickets.access_log.admin import AccessAdmin
from tickets.answering.admin import CannedAnswerAdmin
from tickets.api_clients.admin.api_keys import ApiKeyAdmin
from tickets.api_clients.admin.webhooks import WebhookAdmin, WebhookCallAdmin
from tickets.desk.read_only_lists import (
    AttachmentAdmin,
    BreachAdmin,
    CitizenAdmin,
    NotificationAdmin,
    TicketEventAdmin,
    TicketNumberAdmin,
)
from tickets.desk.ticket_admin import TicketAdmin
from tickets.privacy.admin.retention import DestructionAdmin, LegalHoldAdmin, RetentionAdmin
from tickets.router_review.rules_admin import RoutingRuleAdmin

__all__ = [
    "AccessAdmin",
    "ApiKeyAdmin",
    "AttachmentAdmin",
    "BreachAdmin",
    "CannedAnswerAdmin",
    "CitizenAdmin",
    "DestructionAdmin",
    "LegalHoldAdmin",
    "NotificationAdmin",
    "RetentionAdmin",
    "RoutingRuleAdmin",
    "TicketAdmin",
    "TicketEventAdmin",
    "TicketNumberAdmin",
    "WebhookAdmin",
    "WebhookCallAdmin",
]
