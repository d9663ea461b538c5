"""What costs much is given out in shares: at once for one caller, at once for all, and so long in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.tickets.conftest import Caller
from tests.tickets.keys import key_of
from tests.tickets.world import World
from tickets.api_clients import shares
from tickets.api_clients.desk_exports import BUSY
from tickets.api_clients.models.clients import ApiKey

TICKETS = "/api/v1/tickets/"
CALLS = [
    (shares.EXPORT, TICKETS, {"format": "xlsx"}),
    (shares.EXPORT, TICKETS, {"format": "csv"}),
    (shares.SEARCH, TICKETS, {"q": "yol"}),
    (shares.LIST, TICKETS, {}),
    (shares.CHANGES, f"{TICKETS}changes/", {}),
    (shares.REPORT, "/api/v1/reports/summary/", {}),
    (shares.EXPORT, "/api/v1/reports/monthly.pdf", {"month": "2026-10"}),
]


@contextmanager
def taken(share: shares.CallShare, places: int, of: str) -> Iterator[None]:
    """Another session holds so many places: of one caller, or of all where `of` is empty."""
    with connection.copy().cursor() as beside:
        name = f"share {share.name} {of}".strip()
        lock = "SELECT pg_advisory_lock(hashtextextended(%s || ' ' || place, 0)) FROM generate_series(1, %s) AS place"
        beside.execute(lock, [name, places])
        try:
            yield
        finally:
            # Closing the session alone would give them back only a moment later.
            beside.execute("SELECT pg_advisory_unlock_all()")
            beside.connection.close()


def keyed(world: World) -> tuple[Client, ApiKey]:
    user = world.user("supervisor")
    client = Client(headers={"Authorization": f"Token {key_of(user)}"})
    return client, ApiKey.objects.get(user=user)


@pytest.mark.parametrize(("share", "path", "query"), CALLS)
def test_one_key_has_its_share_of_what_costs_much(
    world: World, share: shares.CallShare, path: str, query: dict[str, str]
) -> None:
    client, key = keyed(world)
    with taken(share, share.each, f"key:{key.pk}"):
        refused = client.get(path, query)
        assert (refused.status_code, refused.json()["type"]) == (
            429,
            "tag:melikgazi.bel.tr,2026:problem/busy",
        )
        assert int(refused.headers["Retry-After"]) > 0
    answer = client.get(path, query)
    assert answer.status_code == 200
    b"".join(getattr(answer, "streaming_content", ()))  # closes its file


@pytest.mark.parametrize(("share", "path", "query"), CALLS)
def test_all_keys_together_have_a_share(
    world: World, share: shares.CallShare, path: str, query: dict[str, str]
) -> None:
    client, _ = keyed(world)
    with taken(share, share.every, ""):
        assert client.get(path, query).status_code == 429


@pytest.mark.parametrize("path", ["requests.json", "servicerequestupdates.json"])
def test_open_lists_have_a_share(world: World, path: str) -> None:
    with taken(shares.PUBLIC, shares.PUBLIC.every, ""):
        refused = Client().get(f"/open311/v2/{path}")
        assert (refused.status_code, refused.json()[0]["code"]) == (429, 429)
        assert int(refused.headers["Retry-After"]) > 0


def test_callers_without_a_key_take_no_place_of_a_key(world: World) -> None:
    client, _ = keyed(world)
    with taken(shares.PUBLIC, shares.PUBLIC.every, ""):
        assert client.get("/api/v1/tickets/").status_code == 200


@pytest.mark.parametrize(
    ("path", "who"),
    [("/admin/tickets/ticket/export/", "supervisor"), ("/admin/tickets/access/indir/", "dpo")],
)
def test_a_colleague_takes_one_file_at_a_time(world: World, path: str, who: str) -> None:
    client: Any = Client()
    client.force_login(world.user(who))
    with taken(shares.EXPORT, shares.EXPORT.each, f"user:{world.user(who).pk}"):
        refused = client.get(path, {"form": "csv"}, follow=True)
        assert BUSY in refused.content.decode()
    b"".join(client.get(path, {"form": "csv"}).streaming_content)


@pytest.mark.slow
def test_what_takes_the_database_too_long_is_a_problem(
    world: World, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    monkeypatch.setattr("tickets.rest_api.filters.matching", slow)
    monkeypatch.setattr(
        "tickets.rest_api.views.SEARCH", shares.CallShare("search", each=1, every=1, seconds=1)
    )
    refused = api("operator").get(TICKETS, {"q": "yol"})
    assert (refused.status_code, refused.json()["type"]) == (
        503,
        "tag:melikgazi.bel.tr,2026:problem/too-costly",
    )


def test_the_database_has_its_usual_time_afterwards(world: World) -> None:
    def limit() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return str(cursor.fetchone()[0])

    before = limit()
    with shares.held(shares.SEARCH, "somebody"):
        assert limit() == f"{shares.SEARCH.seconds}s"
    assert limit() == before
