"""Back office pages of WhatsApp: what came and left, conversations, overrides of texts, the bulletin, diagnostics."""

from whatsapp.admin import (  # Django looks for the registrations here
    bulletins,
    conversations,
    inbox,
    outbox,
    overrides,
)

__all__ = ["bulletins", "conversations", "inbox", "outbox", "overrides"]
