"""Lengths as WhatsApp counts them. Pure."""


def units(text: str) -> int:
    """The length in UTF-16 units: most emoji count twice."""
    return len(text.encode("utf-16-le")) // 2


def clip(text: str, limit: int) -> str:
    """`text` cut to `limit` UTF-16 units with an ellipsis, never inside a character."""
    if units(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: (limit - 1) * 2].decode("utf-16-le", errors="ignore")
    return kept.rstrip() + "…"
