"""Text that a spreadsheet would take for a formula is kept from it by an apostrophe (CWE-1236)."""

# What a formula may begin with; the last four are the full-width forms of the first four.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# For PostgreSQL, of a text that begins like one.
SQL_PATTERN = (
    rf"^[{''.join(sorted(FORMULA, key='-'.__ne__))}]"  # a dash stands first: elsewhere it means a range
)


def guarded(text: str) -> str:
    """As it may stand in CSV."""
    return f"'{text}" if text.startswith(FORMULA) else text


def unguarded(text: str) -> str:
    """As it was before `guarded`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
