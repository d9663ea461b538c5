"""Whose fault an error is that the database raises: its own, or that of what it was to write."""

from django.db import InterfaceError, OperationalError

_TOO_MUCH = "54"  # the class of SQLSTATE for a limit of the program: that is the row's fault


def is_of_the_database(error: BaseException) -> bool:
    """Whether the database was ill or away, or another transaction in the way; not that a row is too large for it."""
    if isinstance(error, OperationalError):
        return not (getattr(error.__cause__, "sqlstate", None) or "").startswith(_TOO_MUCH)
    return isinstance(error, InterfaceError)
