"""bin/test: lint, types, import contracts, migrations and the tests, on a database and broker made for this run."""

import argparse
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from tooling import clock, pooler, prepared, rootless, services
from tooling.bootstrap import ROOT
from tooling.processes import attached
from tooling.services import DATABASE, Postgres

# Everything is set here, so that a developer's own environment never decides whether a test passes.
ENVIRONMENT = {
    "SECRET_KEY": "only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz",
    "DEBUG": "off",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "PUBLIC_URL": "http://localhost:8000",
    "WHATSAPP_APP_SECRET": "test-app-secret",
    "WHATSAPP_VERIFY_TOKEN": "test-verify",
    "WHATSAPP_ACCESS_TOKEN": "test-token",
    "WHATSAPP_PHONE_NUMBER_ID": "100200300400500",
    "WHATSAPP_WABA_ID": "900800700600500",
    "EMULATOR": "off",
    "SECOND_FACTOR": "off",  # on where it is what a test is about
}
UNSET = (
    *("WHATSAPP_GRAPH_URL", "WHATSAPP_MEDIA_HOSTS", "EMULATOR_URL", "DEMO_PASSWORD"),
    "BACKWARDS",  # --backwards
    "PYTHONDONTWRITEBYTECODE",  # the processes would all compile the same files
)
TEMPLATE = "template_of_tests"
# Three test at once: on two cores one of them is usually waiting for something. Each begins with a third of the files,
# since what a file has made once is made by each process that has a part of it; who is done takes over from others.
SHARED_OUT = ("-n", "3", "--dist", "worksteal")
# A machine that others use, too, may be late for reasons that lie in no test: the summary names what was tried again.
ONCE_MORE = ("--reruns", "1")
# A guide is done in its order; after a step that failed the next ones say nothing. Why something was skipped is told.
STEP_BY_STEP = ("--exitfirst", "-rs", "--durations=10", "tests/install")

# Not run unless asked for.
MARKS = ("slow", "browser", "long", "install", "cluster")
OF_ALL = ("slow", "browser")  # --all

# Behind a pooler whoever has a transaction has a connection: a test may have as many at once as this.
POOLED = 20

# A pooler keeps its connections to the database of the tests, which goes with the server.
BEHIND_A_POOLER = ("--reuse-db", "-rs")

# Beside nothing else: what is measured there are seconds. Why it was skipped is told.
ON_A_CLUSTER = ("-rs", "tests/cluster")


def main() -> int:
    """Runs the checks beside the tests, all of them though one has failed. Returns an exit status that is not zero if
    there is one.
    """
    options, pytest_arguments = _parser().parse_known_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="melikgazi-test-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        needed = services.needed(directory, os.environ, durable=False)
        environment = {name: value for name, value in os.environ.items() if name not in UNSET}
        environment |= ENVIRONMENT | {"MEDIA_ROOT": str(directory / "media")}
        environment |= {service.variable: service.url for service in needed}
        before: list[services.Service] = []
        if options.pooled:
            between = _pooler(needed, directory)
            before = [between]
            environment |= {"DATABASE_URL": between.url, "DATABASE_POOLED": "on"}
            environment |= {"DATABASE_DIRECT_URL": between.database.url}
            pytest_arguments = [*BEHIND_A_POOLER, *(pytest_arguments or SHARED_OUT)]
        if options.backwards:
            environment["BACKWARDS"] = "on"
        migrated = [each for each in needed if isinstance(each, Postgres) and prepared.give_migrated(each)]
        moved = _moved(options.at, directory) if options.at else {}
        os.environ |= moved  # for the services; what is kept for other runs has been prepared before
        stack.enter_context(services.running(needed))
        for server in migrated:
            environment["TEST_TEMPLATE"] = _template(server)
        stack.enter_context(services.running(before))
        if pytest_arguments:
            return attached(
                (*_pytest("slow", *_wanted(options)), *pytest_arguments), environment | moved
            ).wait()
        return _everything(options, environment, moved, directory / "checks.log")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/test",
        allow_abbrev=False,
        description="Lint, types, import contracts and tests. With pytest arguments: only these tests, slow ones too.",
    )
    parser.add_argument("--all", action="store_true", help="the slow tests and those in a browser too")
    parser.add_argument("--slow", action="store_true", help="the slow tests too")
    parser.add_argument("--browser", action="store_true", help="the browser tests too")
    parser.add_argument("--long", action="store_true", help="the chaos, load and scale tests too")
    parser.add_argument("--once-more", action="store_true", help="what fails is tried once more, and named")
    parser.add_argument("--install", action="store_true", help="the installation on a bare Debian too (root)")
    parser.add_argument(
        "--cluster", action="store_true", help="the cluster of databases too (root, Debian 13)"
    )
    parser.add_argument(
        "--pooled",
        action="store_true",
        help="only the tests with a database, behind PgBouncer in transaction mode",
    )
    parser.add_argument(
        "--at",
        metavar="MOMENT",
        help="under a clock that starts at that moment: an ISO date (noon) or time (of Istanbul),"
        f" {', '.join(clock.NAMED)}, or {clock.TURN}: one of these by the date of today",
    )
    parser.add_argument(
        "--backwards",
        action="store_true",
        help="rows that nobody asked for in an order come backwards: finds what relies on how they lie",
    )
    return parser


def _pooler(needed: Sequence[services.Service], directory: Path) -> pooler.Pooler:
    """PgBouncer before the database of this run. Exits where it is not installed, or the database is not ours."""
    databases = [each for each in needed if isinstance(each, Postgres)]
    if pooler.PROGRAM is None or not databases:
        sys.exit(pooler.MISSING if databases else "--pooled needs a database of its own: DATABASE_URL is set")
    folder = directory / "pooler"
    folder.mkdir(mode=0o700)
    rootless.give_to_account(folder)
    return pooler.Pooler(folder, databases[0], POOLED)


def _moved(said: str, directory: Path) -> dict[str, str]:
    """What moves the clock to the moment that was said, which it tells. Exits where that cannot be."""
    found = clock.library()
    if found is None:
        sys.exit(clock.MISSING)
    now = datetime.now(UTC)
    try:
        moment = clock.moment(said, now)
    except clock.UnknownMomentError as error:
        sys.exit(str(error))
    print(f"The clock starts at {moment.isoformat(timespec='minutes')}", flush=True)
    return clock.moved(moment - now, found, directory)


def _wanted(options: argparse.Namespace) -> set[str]:
    """The marks whose tests were asked for."""
    return {mark for mark in MARKS if getattr(options, mark)} | (set(OF_ALL) if options.all else set())


def _pytest(*wanted: str) -> tuple[str, ...]:
    """pytest, without the tests of MARKS that were not wanted."""
    unwanted = " and ".join(f"not {mark}" for mark in MARKS if mark not in wanted)
    return (sys.executable, "-m", "pytest", "-m", unwanted)


def _everything(
    options: argparse.Namespace, environment: Mapping[str, str], moved: Mapping[str, str], log: Path
) -> int:
    """The checks write into a log, so that the two do not speak at once; it is printed last.

    The clock moves for the tests alone: a machine that is installed, and a cluster, ask hosts whose clocks do not.
    """
    again = ONCE_MORE if options.once_more else ()
    suite = (*_pytest(*_wanted(options) - {"install", "cluster"}), *SHARED_OUT, *again)
    with log.open("w") as output:
        checks = attached((sys.executable, "-m", "tooling.checks"), environment, stdout=output)
        tests = attached(suite, {**environment, **moved}).wait()
        checked = checks.wait()
    print(log.read_text(), flush=True)
    status = tests or checked
    if options.cluster:
        cluster = (*_pytest("cluster", "slow"), *ON_A_CLUSTER)
        status = attached(cluster, environment).wait() or status
    if options.install:
        guide = (*_pytest("install", "slow"), *STEP_BY_STEP)
        tries = range(2 if options.once_more else 1)  # on new machines, from the beginning
        is_installed = any(attached(guide, environment).wait() == 0 for _ in tries)
        status = status or int(not is_installed)
    return status


def _template(server: Postgres) -> str:
    """Puts the migrated database aside for each testing process to copy (tests/conftest.py), and an empty one in its
    place. Returns its name. Where there is none, each process migrates.
    """
    with psycopg.connect(server.url.replace(f"/{DATABASE}?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {DATABASE} RENAME TO {TEMPLATE}")
    server.ready()
    return TEMPLATE


if __name__ == "__main__":
    sys.exit(main())
