"""The list of all who wait, as many open pages ask for it when they hear of the same change: what is the same for those
who see the same is read once.
"""

import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from tickets.danger import bar
from tickets.danger.bar import Concerned
from tickets.desk.pulse import WATCH
from tickets.desk.waiting_list.entries import (
    COUNTED,
    PAGE,
    Entry,
    WaitingTab,
    for_all,
    joined,
    newest,
    own_of_clerks,
    with_own,
)
from tickets.desk.waiting_list.rows import WaitingRow, rows_of
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, visibility_key

NOW = "1"  # what a page asks for that heard of nothing, but has done something itself
MOST = 100  # kept, of people who see different things
LASTS = 3.0  # seconds; the time that somebody waits, and what no stamp tells, is shown by then


class DrawnRow:
    """A row, drawn once for all to whom it looks the same."""

    def __init__(self, row: WaitingRow) -> None:
        self._row = row
        self._html: SafeString | None = None

    def seen_by(self, user: int, tab: WaitingTab) -> SafeString:
        own = self._row.seen_by(user)
        if own != self._row:
            return _draw(own, tab)
        if self._html is None:
            self._html = _draw(own, tab)
        return self._html


@dataclass(frozen=True)
class Listing:
    """Whoever waits for anybody, the first rows of them by their keys, and when the `newest` came to, listed or
    not. It is not older than the pulse's `stamp` of the list, nor than `at`, in seconds since 1970.

    With a stamp it is for many, and so is what each clerk has of their own, and whom dangers may concern.
    """

    entries: Sequence[Entry]
    rows: Mapping[str, DrawnRow]
    newest: datetime | None
    at: float
    stamp: str = ""
    of_clerks: dict[int | None, list[Entry]] | None = None
    concerned: Concerned | None = None

    def everyone(self, actor: Actor, now: datetime, most: int) -> list[Entry]:
        """All who wait for the actor, their own too."""
        if self.of_clerks is None:
            return with_own(self.entries, actor, now, most)
        return joined(self.entries, self.of_clerks, actor)

    def dangers(self, actor: Actor) -> list[Ticket]:
        """Those that stand above the list."""
        if self.concerned and actor.user and not self.concerned.may_be(actor.user):
            return []
        return bar.waiting_for(actor, with_own=True)


_kept: dict[Hashable, Listing] = {}
_lock = Lock()


def listing(
    actor: Actor, now: datetime, most: int, heard: str, after: float, *, with_rows: bool = True
) -> Listing:
    """As the actor sees it. For pages that `heard` the same stamp from the pulse it is read once; without one, anew.
    `with_rows` are the first rows, which no later page shows.

    It is not from before `after`, which is when the list was read that the page shows: another process may have read
    that one later than what is kept here.
    """
    if heard in ("", NOW):
        return _read(actor, now, most, with_rows=with_rows)
    key = visibility_key(actor), most, with_rows
    with _lock:
        kept = _kept.get(key)
        if kept and kept.stamp == heard and kept.at >= max(after, time.time() - LASTS):
            return kept
        if len(_kept) > MOST:
            _kept.clear()
        stamp = WATCH.state(anew=True).listed
        concerned = bar.concerned()
        fresh = _kept[key] = replace(
            _read(actor, now, most, with_rows=with_rows),
            stamp=stamp,
            of_clerks=own_of_clerks(actor, now),
            concerned=concerned,
        )
        return fresh


def drawn(
    entries: Sequence[Entry], tab: WaitingTab, now: datetime, user: int, known: Mapping[str, DrawnRow]
) -> list[SafeString]:
    """The HTML of these entries' rows as that user sees them; read and drawn only where it is not known."""
    read = rows_of([entry for entry in entries if entry.row_key not in known], tab, now)
    rows = {**known, **{row.key: DrawnRow(row) for row in read}}
    return [rows[each.row_key].seen_by(user, tab) for each in entries if each.row_key in rows]


def _read(actor: Actor, now: datetime, most: int, *, with_rows: bool) -> Listing:
    at, entries = time.time(), for_all(actor, now, most)
    first = rows_of(entries[:PAGE], WaitingTab.ALL, now) if with_rows else []
    rows = {row.key: DrawnRow(row) for row in first}
    last = (
        newest(actor)
        if len(entries) > COUNTED
        else max((each.came for each in entries if each.came), default=None)
    )
    return Listing(entries, rows, last, at)


def _draw(row: WaitingRow, tab: WaitingTab) -> SafeString:
    return render_to_string("tickets/waiting/row.html", {"row": row, "tab": tab})
