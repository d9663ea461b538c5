"""A PgBouncer in transaction mode before a database of ours, as docs/kurulum.md and deploy/cluster have it."""

import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from tooling.processes import Program
from tooling.services import DATABASE, USER, Postgres

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin")
MISSING = "PgBouncer is not installed (apt-get install pgbouncer)"


@dataclass(frozen=True)
class Pooler:
    """A service that stands before `database`, by a socket of the same kind, in a folder that is there.

    Each transaction gets the connection that has rested longest, so that no two after each other have the same.
    """

    directory: Path
    database: Postgres
    connections: int  # to the server, for each database
    variable: str = "DATABASE_URL"

    @property
    def url(self) -> str:
        return f"postgres://{USER}@/{DATABASE}?host={self.directory}"

    @property
    def program(self) -> Program:
        return Program(
            name="pgbouncer",
            command=(str(PROGRAM), str(self.directory / "pgbouncer.ini")),
            log=self.directory / "pgbouncer.log",
            orphan_signal=signal.SIGTERM,
            rootless=True,
        )

    def create(self) -> None:
        lines = (
            "[databases]",
            f"* = host={self.database.sockets} user={USER}",
            "[pgbouncer]",
            "listen_addr =",
            "listen_port = 5432",
            f"unix_socket_dir = {self.directory}",
            "auth_type = any",
            "pool_mode = transaction",
            "server_round_robin = 1",
            "max_prepared_statements = 200",
            f"default_pool_size = {self.connections}",
        )
        (self.directory / "pgbouncer.ini").write_text("\n".join(lines) + "\n")

    def ready(self) -> bool:
        return (self.directory / ".s.PGSQL.5432").exists()
