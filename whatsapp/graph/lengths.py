"""How long Meta lets a message be (docs/whatsapp-cloud-api.md, section 4), counted as it counts. Pure."""

# In UTF-16 units.
TEXT_LIMIT = 4096
INTERACTIVE_LIMIT = 1024  # of the words above buttons
LIST_LIMIT = 4096  # of the words above a list
CAPTION_LIMIT = 1024
TEMPLATE_LIMIT = 1024
BUTTON_LIMIT = 20
ROW_LIMIT, DESCRIPTION_LIMIT = 24, 72  # of a list: a row's title, and what stands below it


def units(text: str) -> int:
    """The length in UTF-16 units: most emoji count twice."""
    return len(text.encode("utf-16-le")) // 2


def clip(text: str, limit: int) -> str:
    """`text` cut to `limit` UTF-16 units with an ellipsis, never inside a character."""
    if units(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: (limit - 1) * 2].decode("utf-16-le", errors="ignore")
    return kept.rstrip() + "…"
