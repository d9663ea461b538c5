"""The back office of the line: its rows, the texts that staff rewrite, what stands between us and Meta."""

from whatsapp.admin import overrides, rows  # Django looks for the registrations here

__all__ = ["overrides", "rows"]
