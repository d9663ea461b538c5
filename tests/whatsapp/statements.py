"""What is said to the server, as it leaves the client: BEGIN, COMMIT and checks of the connection included."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection

# F: sent by the frontend. A prepared statement is executed; one that is only parsed or described costs no look at rows.
_SENT = re.compile(r"\tF\t\d+\t(?:Query|Execute)\b")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Gathers the statements of this thread's connection, which is opened before; the list is full at the end."""
    said: list[str] = []
    connection.ensure_connection()
    wire = connection.connection.pgconn
    with TemporaryDirectory() as folder:
        path = Path(folder) / "trace"
        with path.open("wb") as trace:
            wire.trace(trace.fileno())
            try:
                yield said
            finally:
                wire.untrace()
        said += [line for line in path.read_text(errors="replace").splitlines() if _SENT.search(line)]
