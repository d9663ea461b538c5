"""bin/test: lint, types, import contracts, migrations and the tests, on a database and broker made for this run."""

import argparse
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from tooling import pooler, prepared, rootless, services
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
    with tempfile.TemporaryDirectory(prefix="melikgazi-test-") as name:
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
        with contextlib.ExitStack() as stack:
            stack.enter_context(services.running(needed))
            for server in migrated:
                environment["TEST_TEMPLATE"] = _template(server)
            stack.enter_context(services.running(before))
            pytest = (sys.executable, "-m", "pytest", "-m")
            if pytest_arguments:
                marks = _marks(
                    browser=options.browser,
                    long=options.long,
                    install=options.install,
                    cluster=options.cluster,
                )
                return attached((*pytest, marks, *pytest_arguments), environment).wait()
            marks = _marks(browser=options.browser, long=options.long, install=False, cluster=False)
            everything = (*pytest, marks, *SHARED_OUT, *(ONCE_MORE if options.once_more else ()))
            status = _everything(everything, environment, directory / "checks.log")
            if options.cluster:
                cluster = (*pytest, "cluster", *ON_A_CLUSTER)
                status = attached(cluster, environment).wait() or status
            if options.install:
                guide = (*pytest, "install", *STEP_BY_STEP)
                tries = range(2 if options.once_more else 1)  # on new machines, from the beginning
                is_installed = any(attached(guide, environment).wait() == 0 for _ in tries)
                status = status or int(not is_installed)
            return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/test",
        allow_abbrev=False,
        description="Lint, types, import contracts and tests. With pytest arguments only pytest runs.",
    )
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


def _marks(**wanted: bool) -> str:
    return " and ".join(f"not {mark}" for mark, is_wanted in wanted.items() if not is_wanted)


def _everything(pytest: tuple[str, ...], environment: Mapping[str, str], log: Path) -> int:
    """The checks write into a log, so that the two do not speak at once; it is printed last."""
    with log.open("w") as output:
        checks = attached((sys.executable, "-m", "tooling.checks"), environment, stdout=output)
        tests = attached(pytest, environment).wait()
        checked = checks.wait()
    print(log.read_text(), flush=True)
    return tests or checked


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
