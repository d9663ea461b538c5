"""A choice among many: drawn by one template, where Django would draw each option by two more."""

from unfold.widgets import UnfoldAdminSelectWidget


class LongSelect(UnfoldAdminSelectWidget):  # type: ignore[misc]  # unfold has no type hints
    """A select that looks as any other; a ticket's page has some three hundred options."""

    template_name = "tickets/long_select.html"
