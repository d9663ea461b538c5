import os

import pytest
from django.db import connection

from tests.whatsapp.conftest import base_data, jpeg, line, media_root, meta, meta_server

__all__ = ["base_data", "jpeg", "line", "media_root", "meta", "meta_server"]


@pytest.fixture
def same_database(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that the test starts work on its database, which has all tables."""
    name = connection.settings_dict["NAME"]
    monkeypatch.setenv("DATABASE_URL", os.environ["DATABASE_URL"].replace("/melikgazi?", f"/{name}?"))
