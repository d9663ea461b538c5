"""A system that keeps a copy of the tickets by the change feed: `partner.py URL FILE`, its key in KEY.

Each page is kept together with its cursor, in one transaction of the copy's own database: killed at any moment, it
goes on where it was.
"""

import json
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import requests

PAUSE_SECONDS = 0.2  # where nothing more follows, or nobody answers
TABLES = """
CREATE TABLE IF NOT EXISTS ticket (number TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS position (cursor TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS told (number TEXT NOT NULL, gone INTEGER NOT NULL);
"""


class Copy:
    """The copy in `file`, kept by asking `url`. `told` are the changes that it was told, lost tickets among them."""

    def __init__(self, url: str, file: Path, key: str) -> None:
        self._url = url
        self._rows = sqlite3.connect(file, isolation_level=None, timeout=60)
        self._rows.executescript(TABLES)
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token {key}"

    def follow(self, *, for_ever: bool = False) -> None:
        """Reads until nothing more follows, or for ever. What does not answer is asked again."""
        while True:
            page = self._page()
            if page:
                self._keep(page)
            if page and page["more"]:
                continue
            if page and not for_ever:
                return
            time.sleep(PAUSE_SECONDS)

    def tickets(self) -> dict[str, Any]:
        """By their numbers, as the feed told them."""
        rows = self._rows.execute("SELECT number, content FROM ticket")
        return {number: json.loads(content) for number, content in rows}

    def told(self) -> tuple[int, int]:
        """How many changes the copy was told, and how many of them were losses."""
        count, gone = self._rows.execute("SELECT count(*), coalesce(sum(gone), 0) FROM told").fetchone()
        return count, gone

    def _page(self) -> dict[str, Any] | None:
        (cursor,) = self._rows.execute("SELECT max(cursor) FROM position").fetchone()
        try:
            answer = self._session.get(
                f"{self._url}/api/v1/tickets/changes/",
                params={"cursor": cursor or "", "page_size": 100},
                timeout=30,
            )
        except requests.RequestException:
            return None
        if answer.status_code == 410:
            self._rows.executescript("BEGIN; DELETE FROM ticket; DELETE FROM position; COMMIT;")
        return answer.json() if answer.status_code == 200 else None

    def _keep(self, page: dict[str, Any]) -> None:
        self._rows.execute("BEGIN IMMEDIATE")
        for change in page["results"]:
            self._rows.execute("DELETE FROM ticket WHERE number = ?", [change["number"]])
            self._rows.execute("INSERT INTO told VALUES (?, ?)", [change["number"], change["gone"]])
            if not change["gone"]:
                content = json.dumps(change["ticket"])
                self._rows.execute("INSERT INTO ticket VALUES (?, ?)", [change["number"], content])
        self._rows.execute("DELETE FROM position")
        self._rows.execute("INSERT INTO position VALUES (?)", [page["cursor"]])
        self._rows.execute("COMMIT")


if __name__ == "__main__":
    Copy(sys.argv[1], Path(sys.argv[2]), os.environ["KEY"]).follow(for_ever=True)
