"""The emulator's store in SQLite: a restart keeps chats, media and undelivered webhooks."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from whatsapp.emulator.records import Delivery, Json, Media, Message, Person

T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value REAL NOT NULL);
CREATE TABLE IF NOT EXISTS person (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, username TEXT UNIQUE, phone TEXT UNIQUE, user_id TEXT NOT NULL UNIQUE,
    phone_contact_at REAL, wrote_at REAL, auto_read INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, changed INTEGER NOT NULL, person INTEGER REFERENCES person (id),
    direction TEXT NOT NULL, wamid TEXT NOT NULL, at REAL NOT NULL,
    body TEXT NOT NULL, shown TEXT NOT NULL, statuses TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX IF NOT EXISTS message_wamid ON message (wamid);
CREATE INDEX IF NOT EXISTS message_changed ON message (changed);
CREATE INDEX IF NOT EXISTS message_person ON message (person, changed);
CREATE TABLE IF NOT EXISTS media (
    id TEXT PRIMARY KEY, mime_type TEXT NOT NULL, sha256 TEXT NOT NULL, filename TEXT, expires_at REAL NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS template (
    name TEXT NOT NULL, language TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (name, language)
);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, changes TEXT NOT NULL, created_at REAL NOT NULL, due_at REAL, done_at REAL,
    forged INTEGER NOT NULL DEFAULT 0, tries TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due_at, id) WHERE done_at IS NULL;
"""


class Store:
    """One connection behind one lock; each call is a short transaction, and each write wakes waiting `poll` calls."""

    def __init__(self, path: str = ":memory:") -> None:
        self.news = threading.Condition()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        # Survives a killed process; only a power cut may lose the last writes.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        self.closed = False

    def close(self) -> None:
        with self.news:
            self.closed = True
            self._db.close()
            self.news.notify_all()

    def wake(self) -> None:
        """Wakes waiting `poll` calls, for changes outside the store."""
        with self.news:
            self.news.notify_all()

    def poll(self, look: Callable[[], T], seconds: float) -> T:
        """The result of `look`, waiting up to that many seconds for a write that makes it non-empty."""
        deadline = time.monotonic() + seconds
        with self.news:
            found = look()
            while not found and (left := deadline - time.monotonic()) > 0:
                self.news.wait(left)
                if self.closed:
                    break
                found = look()
        return found

    def _write(self, sql: str, values: Sequence[object] = ()) -> int:
        """The id of the row it inserted, if it inserted one."""
        with self.news, self._db:
            rowid = self._db.execute(sql, values).lastrowid
            self.news.notify_all()
        return rowid or 0

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        with self.news:
            return self._db.execute(sql, values).fetchall()

    # settings -----------------------------------------------------------------------------------------------

    def setting(self, name: str, default: float) -> float:
        rows = self._rows("SELECT value FROM setting WHERE name = ?", (name,))
        return float(rows[0]["value"]) if rows else default

    def set_setting(self, name: str, value: float) -> None:
        self._write("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, value))

    # people -------------------------------------------------------------------------------------------------

    def add_person(
        self, name: str, username: str | None, phone: str | None, user_id: str, auto_read: bool
    ) -> int:
        """Raises sqlite3.IntegrityError when phone, username or user id is somebody else's."""
        return self._write(
            "INSERT INTO person (name, username, phone, user_id, auto_read) VALUES (?, ?, ?, ?, ?)",
            (name, username, phone, user_id, auto_read),
        )

    def people(self) -> list[Person]:
        return [_person(row) for row in self._rows("SELECT * FROM person ORDER BY id")]

    def person(
        self, person: int | None = None, *, phone: str | None = None, user_id: str | None = None
    ) -> Person | None:
        """The person with that id, phone (digits) or user id."""
        rows = self._rows(
            "SELECT * FROM person WHERE id = ? OR phone = ? OR user_id = ?", (person, phone, user_id)
        )
        return _person(rows[0]) if rows else None

    def set_identity(self, person: int, *, phone: str | None, user_id: str) -> None:
        """Raises sqlite3.IntegrityError when the phone is somebody else's."""
        self._write("UPDATE person SET phone = ?, user_id = ? WHERE id = ?", (phone, user_id, person))

    def set_wrote_at(self, person: int, at: float) -> None:
        self._write("UPDATE person SET wrote_at = ? WHERE id = ?", (at, person))

    def set_phone_contact_at(self, person: int, at: float) -> None:
        self._write("UPDATE person SET phone_contact_at = ? WHERE id = ?", (at, person))

    # messages -----------------------------------------------------------------------------------------------

    def add_message(
        self, *, person: int | None, direction: str, wamid: str, at: float, body: Json, shown: Json
    ) -> Message:
        seq = self._write(
            "INSERT INTO message (changed, person, direction, wamid, at, body, shown) VALUES"
            " ((SELECT coalesce(max(changed), 0) + 1 FROM message), ?, ?, ?, ?, ?, ?)",
            (person, direction, wamid, at, json.dumps(body), json.dumps(shown)),
        )
        return _message(self._rows("SELECT * FROM message WHERE seq = ?", (seq,))[0])

    def chat(self, person: int, after: int = 0) -> list[Message]:
        """Messages of a person's chat, both directions, with `changed` above `after`."""
        sql = "SELECT * FROM message WHERE person = ? AND changed > ? ORDER BY seq"
        return [_message(row) for row in self._rows(sql, (person, after))]

    def changes(self, after: int) -> list[Message]:
        """Messages of any chat with `changed` above `after`, a page at a time."""
        rows = self._rows("SELECT * FROM message WHERE changed > ? ORDER BY changed LIMIT 500", (after,))
        return [_message(row) for row in rows]

    def outbound(self, after: int) -> list[Message]:
        """Messages that the business sent to anybody with `seq` above `after`."""
        sql = "SELECT * FROM message WHERE direction = 'out' AND seq > ? ORDER BY seq"
        return [_message(row) for row in self._rows(sql, (after,))]

    def message(self, wamid: str, direction: str | None = None) -> Message | None:
        """The newest message with that id, of that direction if one is given."""
        rows = self._rows(
            "SELECT * FROM message WHERE wamid = ? AND direction = coalesce(?, direction)"
            " ORDER BY seq DESC LIMIT 1",
            (wamid, direction),
        )
        return _message(rows[0]) if rows else None

    def add_status(self, seq: int, status: Json) -> None:
        self._write(
            "UPDATE message SET changed = (SELECT max(changed) + 1 FROM message),"
            " statuses = json_insert(statuses, '$[#]', json(?)) WHERE seq = ?",
            (json.dumps(status), seq),
        )

    # media and templates --------------------------------------------------------------------------------------

    def add_media(self, media: Media) -> None:
        self._write(
            "INSERT INTO media (id, mime_type, sha256, filename, expires_at, data) VALUES (?, ?, ?, ?, ?, ?)",
            (media.id, media.mime_type, media.sha256, media.filename, media.expires_at, media.data),
        )

    def media(self, media_id: str) -> Media | None:
        rows = self._rows("SELECT * FROM media WHERE id = ?", (media_id,))
        return Media(**dict(rows[0])) if rows else None

    def delete_media(self, media_id: str) -> None:
        self._write("DELETE FROM media WHERE id = ?", (media_id,))

    def set_template(self, definition: Json) -> None:
        self._write(
            "INSERT OR REPLACE INTO template (name, language, definition) VALUES (?, ?, ?)",
            (definition["name"], definition["language"], json.dumps(definition)),
        )

    def templates(self) -> list[Json]:
        return [
            json.loads(row["definition"])
            for row in self._rows("SELECT * FROM template ORDER BY name, language")
        ]

    # webhooks -----------------------------------------------------------------------------------------------

    def add_delivery(self, *, changes: list[Json], now: float, due_at: float | None, forged: bool) -> int:
        return self._write(
            "INSERT INTO delivery (changes, created_at, due_at, forged) VALUES (?, ?, ?, ?)",
            (json.dumps(changes), now, due_at, forged),
        )

    def deliveries(self, after: int) -> list[Delivery]:
        """The log of webhooks, delivered or not, oldest first, a page at a time."""
        rows = self._rows("SELECT * FROM delivery WHERE id > ? ORDER BY id LIMIT 500", (after,))
        return [_delivery(row) for row in rows]

    def latest_deliveries(self, count: int) -> list[Delivery]:
        """The end of the log, newest first."""
        rows = self._rows("SELECT * FROM delivery ORDER BY id DESC LIMIT ?", (count,))
        return [_delivery(row) for row in rows]

    def held(self) -> list[Delivery]:
        """The webhooks that are held back."""
        rows = self._rows("SELECT * FROM delivery WHERE done_at IS NULL AND due_at IS NULL ORDER BY id")
        return [_delivery(row) for row in rows]

    def next_delivery(self, busy: Collection[int]) -> Delivery | None:
        """The undelivered webhook that is due first, whether its time has come or not."""
        rows = self._rows(
            "SELECT * FROM delivery WHERE done_at IS NULL AND due_at IS NOT NULL ORDER BY due_at, id LIMIT ?",
            (len(busy) + 1,),
        )
        return next((_delivery(row) for row in rows if row["id"] not in busy), None)

    def schedule(self, delivery: int, due_at: float) -> None:
        self._write("UPDATE delivery SET due_at = ? WHERE id = ?", (due_at, delivery))

    def add_try(self, delivery: int, attempt: Json, *, due_at: float | None, done_at: float | None) -> None:
        self._write(
            "UPDATE delivery SET tries = json_insert(tries, '$[#]', json(?)), due_at = ?, done_at = ? WHERE id = ?",
            (json.dumps(attempt), due_at, done_at, delivery),
        )

    def drop_delivery(self, delivery: int) -> None:
        self._write("DELETE FROM delivery WHERE id = ?", (delivery,))


def _person(row: sqlite3.Row) -> Person:
    return Person(**{**dict(row), "auto_read": bool(row["auto_read"])})


def _message(row: sqlite3.Row) -> Message:
    return Message(**{**dict(row), **{name: json.loads(row[name]) for name in ("body", "shown", "statuses")}})


def _delivery(row: sqlite3.Row) -> Delivery:
    parsed = {"changes": json.loads(row["changes"]), "tries": json.loads(row["tries"])}
    return Delivery(**{**dict(row), **parsed, "forged": bool(row["forged"])})
