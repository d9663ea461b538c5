"""Dates as they are typed in Turkey, with points; Django's own Turkish formats know slashes alone.

Staff read them in the same form: one row never says 30.11.2026 beside 30 Kasım 2026.
"""

_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%d.%m.%y", "%d/%m/%y")
_TIMES = ("%H:%M", "%H:%M:%S", "%H.%M")

DATE_INPUT_FORMATS = [*_DAYS]
DATETIME_INPUT_FORMATS = [f"{day} {time}" for day in _DAYS for time in _TIMES]
TIME_INPUT_FORMATS = ["%H:%M:%S", "%H:%M", "%H.%M"]

DATE_FORMAT = SHORT_DATE_FORMAT = "d.m.Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "d.m.Y H.i"
TIME_FORMAT = "H.i"
