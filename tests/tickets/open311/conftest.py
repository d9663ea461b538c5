from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.tickets.open311 import schemas
from tests.tickets.world import World

BASE = "/open311/v2/"
Reader = Callable[..., Any]


@pytest.fixture
def read(world: World) -> Reader:
    """Reads JSON as a stranger: the body, once its status and its schema are as expected."""

    def get(path: str, schema: dict[str, Any], *, http: int = 200, **query: Any) -> Any:
        response = Client().get(BASE + path, query)
        assert response.status_code == http, response.content
        assert response.headers["Content-Type"].startswith("application/json")
        body = response.json()
        schemas.check(body, schema)
        return body

    return get
