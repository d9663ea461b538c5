"""The days that somebody may name in a form or an address: of this century. Pure.

Before and after them calendars end, databases overflow, and nobody meant it.
"""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
_SAID = "2000 ile 2100 arasında bir gün seçin."
BETWEEN = (MinValueValidator(EARLIEST, _SAID), MaxValueValidator(LATEST, _SAID))


class DayField(forms.DateField):
    """A day of a form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=BETWEEN, **kwargs)
