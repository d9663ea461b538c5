"""Back office pages of WhatsApp: what came and left, conversations, FAQ,
overrides of texts, privacy notices, the bulletin, diagnostics."""

from whatsapp.faq import admin as faq  # Django looks for the registrations here
from whatsapp.outbox import admin as outbox  # Django looks for the registrations here
from whatsapp.texts.admin import (  # Django looks for the registrations here
    bulletins,
    overrides,
    privacy_notices,
)
from whatsapp.turns import admin as conversations  # Django looks for the registrations here
from whatsapp.webhook import admin as inbox  # Django looks for the registrations here

__all__ = ["bulletins", "conversations", "faq", "inbox", "outbox", "overrides", "privacy_notices"]
