"""What every test stands on: a real PostgreSQL and Valkey, and only Meta faked, by HTTP."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from pytest_django import Settings

from whatsapp import sentences


@pytest.fixture(scope="session")
def django_db_modify_db_settings_suffix() -> str:
    return os.environ.get("TEST_DB_SUFFIX", "")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Lets several people test against one server: TEST_DB_SUFFIX names an own test database."""
    suffix = os.environ.get("TEST_DB_SUFFIX")
    if suffix:
        name = settings.DATABASES["default"].setdefault("TEST", {}).get("NAME") or "test_melikgazi"
        settings.DATABASES["default"]["TEST"]["NAME"] = f"{name}_{suffix}"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Hashing a password well takes a tenth of a second on purpose; that of a test is no secret."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def shipped_sentences() -> Iterator[None]:
    """What is said without a database; a test of rewritten sentences speaks by those itself."""
    sentences.speak_by()
    yield
    sentences.speak_by()
