"""Back office pages of WhatsApp: rows, overrides of texts, the bulletin, diagnostics."""

from whatsapp.admin import bulletins, overrides, rows  # Django looks for the registrations here

__all__ = ["bulletins", "overrides", "rows"]
