"""The number of a ticket, MG-2026-000001, for regular expressions of which it is the whole or a part.

What citizens cite of any office's papers is looser: `departments.routing.citations`.
"""

import re

PATTERN = r"MG-\d{4}-\d{6,}"  # as tickets are stored under
# As people write it, dashes or not; its groups are the year and what counts up.
WRITTEN = re.compile(r"\bMG[-\s]?(\d{4})[-\s]?(\d{6,})\b", re.IGNORECASE)

_WHOLE = re.compile(PATTERN, re.IGNORECASE)


def is_number(text: str) -> bool:
    """Whether the text is a ticket number and nothing else, in capitals or not."""
    return _WHOLE.fullmatch(text) is not None
