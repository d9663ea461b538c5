"""What a short message means by itself: a command, or talk that is no report. Pure."""

import re

from departments.folding import fold

TICKET_NUMBER = re.compile(r"\bMG[-\s]?(\d{4})[-\s]?(\d{6,})\b", re.IGNORECASE)
_STATUS = re.compile(
    r"(?:basvuru\w* |tale[bp]\w* |sikayet\w* )?(?:durum\w*|ne oldu|ne durumda)(?: ne(?:dir)?| sorgu\w*| nedir)?"
)
_CHATTER = re.compile(
    r"(?:(?:selam\w*|slm|sa|as|merhaba\w*|mrb|aleykum selam|selamun aleykum|iyi (?:gunler|aksamlar|geceler|sabahlar)"
    r"|gunaydin|hayirli (?:gunler|isler|cumalar|aksamlar|sabahlar)|nasilsiniz|kolay gelsin|tesekkur\w*|tskler?"
    r"|sag ?ol\w*|eyvallah|allah razi olsun|tamam\w*|peki|ok|cok|ederim|ederiz|rica|size|de|efendim|hocam)(?: |$))+"
)


def command_of(text: str) -> str:
    """'durum' when the whole message asks what became of a report, else ''."""
    rest = " ".join(fold(TICKET_NUMBER.sub(" ", text)).split())
    if _STATUS.fullmatch(rest) or (not rest and TICKET_NUMBER.search(text)):
        return "durum"
    return ""


def ticket_number_of(text: str) -> str | None:
    """The ticket number cited in a text, in the form tickets are stored under, or None."""
    found = TICKET_NUMBER.search(text)
    return f"MG-{found[1]}-{found[2]}" if found else None


def is_chatter(text: str) -> bool:
    """Whether the whole message is greeting, thanks or assent and reports nothing; emoji count for nothing."""
    folded = " ".join(fold(text).split())
    return bool(text.strip()) and (not folded or _CHATTER.fullmatch(folded) is not None)
