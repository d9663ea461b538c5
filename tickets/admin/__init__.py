"""Back office pages of tickets: they read models and write through tickets.services alone."""

from tickets.admin.access_log import AccessAdmin
from tickets.admin.api_keys import ApiKeyAdmin
from tickets.admin.canned_answers import CannedAnswerAdmin
from tickets.admin.read_only_lists import (
    AttachmentAdmin,
    BreachAdmin,
    CitizenAdmin,
    NotificationAdmin,
    TicketEventAdmin,
    TicketNumberAdmin,
)
from tickets.admin.retention import DestructionAdmin, LegalHoldAdmin, RetentionAdmin
from tickets.admin.rules import RoutingRuleAdmin
from tickets.admin.ticket import TicketAdmin
from tickets.admin.webhooks import WebhookAdmin, WebhookCallAdmin

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
