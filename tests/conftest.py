"""What every test stands on: a real PostgreSQL and Valkey, and only Meta faked, by HTTP."""

import gc
import os
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.conf import settings
from django.db.models.signals import pre_save
from django.test.utils import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from departments.common import machine_load
from tests import backwards, emptying, planning, saving
from whatsapp.texts import catalog

WHY_LINES = 40  # of what a test said that was tried once more

# A busy machine is no error of the code.
hypothesis_settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("busy")

gc.disable()  # until everything is loaded: none of it can be let go of


def pytest_collection_finish() -> None:
    """Addresses are loaded by the settings of all tests, not by those of the test that happens to ask first. The
    collector of garbage need not look through it again and again, nor begin after every 700 objects."""
    import_module(settings.ROOT_URLCONF)
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says why something was tried once more, as of what has failed."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.write_sep("_", f"tried once more: {report.nodeid}")
        terminalreporter.write_line("\n".join(report.longreprtext.splitlines()[-WHY_LINES:]))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Behind a pooler only what has a database is tested, and needs no session of its own."""
    if os.environ.get("DATABASE_POOLED") == "on":
        config.hook.pytest_deselected(items=[item for item in items if not _is_pooled(item)])
        items[:] = [item for item in items if _is_pooled(item)]


def _is_pooled(item: pytest.Item) -> bool:
    if item.get_closest_marker("direct"):
        return False
    asked = {"db", "transactional_db", "django_db_serialized_rollback"} & set(
        getattr(item, "fixturenames", ())
    )
    return bool(asked) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def django_db_modify_db_settings_suffix() -> str:
    return os.environ.get("TEST_DB_SUFFIX", "")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Lets several people test against one server: TEST_DB_SUFFIX names an own test database.

    TEST_TEMPLATE names a database that is migrated already: each process copies it instead of migrating anew.
    """
    test = settings.DATABASES["default"].setdefault("TEST", {})
    if suffix := os.environ.get("TEST_DB_SUFFIX"):
        test["NAME"] = f"{test.get('NAME') or 'test_melikgazi'}_{suffix}"
    if template := os.environ.get("TEST_TEMPLATE"):
        test |= {"TEMPLATE": template, "MIGRATE": False}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            emptying.instead_of_flush(patch)
            planning.once(patch)
        if os.environ.get("BACKWARDS") == "on":
            backwards.turn(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """Every test client has middleware of its own, and WhiteNoise reads the folders of all static files when it begins;
    they are the same for all."""
    found: dict[str, object] = {}
    find = WhiteNoiseMiddleware.add_files_from_finders

    def add_found(self: WhiteNoiseMiddleware) -> None:
        if not found:
            find(self)
            found.update(self.files)
        self.files = found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_found)
        yield


@pytest.fixture(scope="session", autouse=True)
def rows_saved_by_column() -> Iterator[None]:
    """Whatever of ours saves a row that is there already names the columns that it writes: a whole row would overwrite
    what another statement has changed since it was read. What is saved by tests and by Django's forms goes on.
    """
    pre_save.connect(saving.by_column)
    yield
    pre_save.disconnect(saving.by_column)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing a password well takes a tenth of a second on purpose; that of a test is no secret."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What pages and commands say does not depend on how busy the machine of the tests is."""
    monkeypatch.setattr(machine_load, "read", lambda: machine_load.MachineLoad(0.5, 1.0))


@pytest.fixture(autouse=True)
def health_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is told what was found in another."""
    health = import_module("melikgazi.observability.health")  # has models: settings come first
    monkeypatch.setattr(health, "_readiness", health._Readiness())
    monkeypatch.setattr(health, "_unstored", health.UnstoredRequests())
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def calls_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of a test's calls go with its database; what the process remembers of them goes, too."""
    monkeypatch.setattr(import_module("tickets.api_clients.rate_limits"), "_refused", {})


@pytest.fixture(autouse=True)
def shipped_sentences() -> Iterator[None]:
    """What is said without a database; a test of rewritten sentences speaks by those itself."""
    catalog.set_source()
    yield
    catalog.set_source()
