"""Back office pages of WhatsApp: rows, overrides of texts, diagnostics."""

from whatsapp.admin import overrides, rows  # Django looks for the registrations here

__all__ = ["overrides", "rows"]
