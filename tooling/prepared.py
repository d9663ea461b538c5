"""A database that is migrated and loaded already, made once for this code and copied into every empty data directory.

It lies in the checkout, named by the digest of all that it is made from. Beside the copy lies a mark that says which
state the database is in, so that one that is up to date is not migrated at every start. What the migrations alone made
lies beside it, for the tests.
"""

import hashlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import psycopg

from tooling import instance, processes, services
from tooling.bootstrap import ROOT, SETS
from tooling.processes import Program, ProgramError
from tooling.services import DATABASE, USER, Postgres

SHELF = ROOT / ".prepared"
MARK = "prepared"
MIGRATED = "migrated"  # the folder of the database before anything was loaded
# What a migrated and loaded database depends on, the server that it is made by included.
SOURCES = (
    *("*/migrations/*.py", "departments/base_data/data/*.json", "departments/base_data/loading.py"),
    "melikgazi/database/schema.py",
    *("departments/staff/role_permissions.py", "tooling/services.py", "tooling/prepared.py"),
    *SETS["local"],
)
COMMANDS = ("update_database",)
# Nothing is asked of these by the two commands, but the settings want them.
NEEDED = {"SECRET_KEY": "prepared", "BROKER_URL": "redis://prepared", "DEMO_PASSWORD": ""} | {
    f"WHATSAPP_{name}": "prepared"
    for name in ("APP_SECRET", "VERIFY_TOKEN", "ACCESS_TOKEN", "PHONE_NUMBER_ID")
}


def main() -> None:
    """Makes the database, if it is not there yet."""
    with instance.locked(_shelf(), wait=True):
        _made()


def fill(directory: Path) -> None:
    """Copies the database into a data directory that has none yet, making it first where that was not done.

    Leaves the directory as it is when it has had one, or where none can be made: then the start makes its own.
    """
    server = _server(directory)
    if server.had_one():
        return
    try:
        with instance.locked(_shelf(), wait=True):  # nobody clears away what is being copied
            made = _made()
            server.take_over(made / server.directory.name)
            shutil.copyfile(made / MARK, directory / MARK)
    except (ProgramError, OSError) as error:
        _say_why_not(error)


def give_migrated(server: Postgres) -> bool:
    """Has a server without a database begin with one that is migrated and nothing more. Returns whether it has."""
    try:
        with instance.locked(_shelf(), wait=True):
            server.take_over(_made() / MIGRATED)
    except (ProgramError, OSError) as error:
        _say_why_not(error)
        return False
    return True


def is_current(directory: Path) -> bool:
    """Whether the database that runs on the directory is what a start would make of it."""
    file = directory / MARK
    state = _state(directory)
    return bool(state) and file.exists() and file.read_text() == state


def mark(directory: Path) -> None:
    """Says that the database that runs on the directory is up to date now."""
    (directory / MARK).write_text(_state(directory))


def forget(directory: Path) -> None:
    """Has the next start look whether everything is there: for whoever hands the database to somebody else."""
    (directory / MARK).unlink(missing_ok=True)


def digest() -> str:
    """Changes when a database made anew would be another."""
    found = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        found.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


def _state(directory: Path) -> str:
    """The digest of the code, and which migrations the database had when: another database differs in the times."""
    query = "SELECT app, name, applied::text FROM django_migrations ORDER BY id"
    try:
        with psycopg.connect(host=str(_server(directory).sockets), user=USER, dbname=DATABASE) as connection:
            rows = connection.execute(query).fetchall()
    except psycopg.Error:
        return ""
    return f"{digest()} {hashlib.sha256(repr(rows).encode()).hexdigest()}\n"


def _shelf() -> Path:
    SHELF.mkdir(mode=0o700, exist_ok=True)
    return SHELF


def _made() -> Path:
    """The folder of the present digest, made where it is not there; all others are cleared away. Under the lock."""
    wanted = SHELF / digest()
    for other in SHELF.iterdir():
        if other != wanted:
            shutil.rmtree(other)
    if not wanted.exists():
        unfinished = SHELF / "new"
        unfinished.mkdir(mode=0o700)
        make(unfinished)
        unfinished.rename(wanted)
    return wanted


def make(directory: Path) -> None:
    server = _server(directory)
    with services.running([server]):
        _carry_out(directory, server, "migrate")
    replace(server, directory=directory / MIGRATED).take_over(server.directory)
    with services.running([server]):
        _carry_out(directory, server, *COMMANDS)
        mark(directory)


def _carry_out(directory: Path, server: Postgres, *commands: str) -> None:
    program = Program(
        name="prepare",
        command=(sys.executable, "-m", "tooling.prepare", *commands),
        log=directory / "log" / "prepare.log",
        environment={**NEEDED, server.variable: server.url},
    )
    if processes.start(program).wait() != 0:
        raise ProgramError(f"{program.name} başarısız oldu; ayrıntı: {program.log}")


def _say_why_not(error: Exception) -> None:
    print(f"Hazır veritabanı kullanılamadı: {error}", file=sys.stderr)


def _server(directory: Path) -> Postgres:
    [server] = (each for each in services.needed(directory, {}) if isinstance(each, Postgres))
    return server


if __name__ == "__main__":
    main()
