"""Whose fault an error is that the database raises: its own, or that of what it was to write."""

from django.db import InterfaceError, OperationalError

_TOO_MUCH = "54"  # the class of SQLSTATE for a limit of the program: that is the row's fault


def is_database_fault(error: BaseException) -> bool:
    """Whether the database was ill or away, or another transaction in the way; not that a row is too large for it."""
    if isinstance(error, OperationalError):
        return not (getattr(error.__cause__, "sqlstate", None) or "").startswith(_TOO_MUCH)
    return isinstance(error, InterfaceError)


# SQLSTATE classes of a fault that concerns one statement: a limit of the program, a deadlock or a lost race.
_OF_A_STATEMENT = (_TOO_MUCH, "40")
# lock_not_available and query_canceled: somebody else holds the row, or it takes too long.
_HELD = ("55P03", "57014")


def is_outage(error: BaseException) -> bool:
    """Whether the database itself is down, cut off or full: whatever is tried next fails, too."""
    if isinstance(error, OperationalError):
        state = getattr(error.__cause__, "sqlstate", None) or ""
        return not state.startswith(_OF_A_STATEMENT) and state not in _HELD
    return isinstance(error, InterfaceError)
