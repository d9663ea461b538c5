"""The statements of a call, without those that take its place in a share (tickets/api_clients/shares.py)."""

import re
from collections.abc import Iterable

# The place with its time limit, and the savepoint that a test's own transaction makes of the call's.
_OF_THE_SHARE = re.compile(r"^(?:SAVEPOINT|RELEASE SAVEPOINT)|statement_timeout")


def beside_the_share(statements: Iterable[dict[str, str]]) -> list[str]:
    """What the call itself asks the database."""
    return [each["sql"] for each in statements if not _OF_THE_SHARE.search(each["sql"])]
