"""The public holidays of Law 2429 as the `holidays` package lists them, religious ones included.

Half days are 28 October and the eves of bayrams. What an office closes for
besides is a special day of its calendar.
"""

from datetime import date, time
from functools import lru_cache

import holidays
from holidays.constants import HALF_DAY, PUBLIC

HALF_DAY_ENDS = time(13)  # work, on half days (Law 2429, art. 2)


@lru_cache(maxsize=64)
def public_holidays(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The full and the half public holidays of a year."""
    free, half = (
        frozenset(holidays.country_holidays("TR", years=year, categories=(category,)))
        for category in (PUBLIC, HALF_DAY)
    )
    return free, half
