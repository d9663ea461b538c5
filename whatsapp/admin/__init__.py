"""Back office pages of WhatsApp: what came and left, conversations, FAQ,
overrides of texts, privacy notices, the bulletin, diagnostics."""

from whatsapp.admin import (  # Django looks for the registrations here
    bulletins,
    conversations,
    faq,
    inbox,
    outbox,
    overrides,
    privacy_notices,
)

__all__ = ["bulletins", "conversations", "faq", "inbox", "outbox", "overrides", "privacy_notices"]
