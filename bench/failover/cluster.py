"""The cluster of deploy/cluster, its files as they stand there: three machines, and the way of the line to them."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import requests

from bench.failover.machines import APART, WITH_US, Machine, MachineError, make_switch, wait_until
from tooling.instance import read_variables

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = ROOT / "deploy" / "cluster"
PROGRAMS = {
    "patroni": "patroni",
    "etcd": "etcd-server",
    "haproxy": "haproxy",
    "pgbouncer": "pgbouncer",
    "ip": "iproute2",
    "curl": "curl",
}
POSTGRES = Path("/usr/lib/postgresql/17/bin/postgres")
DISK_MEGABYTES = 1500
START_SECONDS = 180.0
HEAL_SECONDS = 240.0


def why_not() -> str:
    """Why no cluster can be had on this machine; empty where one can."""
    if os.geteuid() != 0:
        return "needs root"
    path = os.defpath + ":/usr/sbin:/sbin"
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program, path=path)]
    if not POSTGRES.exists():
        missing.append("postgresql-17")
    if missing:
        return f"needs Debian's packages (apt-get install {' '.join(missing)})"
    unshared = (
        "unshare",
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "ip",
        "link",
        "add",
        "probe",
        "type",
        "bridge",
    )
    if subprocess.run(unshared, capture_output=True, check=False).returncode:
        return "needs namespaces and bridges, which this machine forbids"
    return ""


class Cluster:
    """Machines db1 to db3, and HAProxy with PgBouncer where the line is: here."""

    def __init__(self, folder: Path, *, strict: bool = True) -> None:
        self.folder = folder
        self._answers = _answers(folder / "cluster.env", strict=strict)
        self.machines = [
            Machine(name, self._answers[name.upper()], folder / name, DISK_MEGABYTES)
            for name in ("db1", "db2", "db3")
        ]
        self._ours: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """What the line is given as DATABASE_URL."""
        return f"postgres://melikgazi:{self._answers['LINE_PASSWORD']}@127.0.0.1:6432/melikgazi"

    @property
    def direct_url(self) -> str:
        """DATABASE_DIRECT_URL: the primary's, past PgBouncer."""
        return self.url.replace(":6432/", ":5000/")

    def start(self) -> None:
        """Returns once there is a primary whose commits a standby has, and the line's empty database on it.

        MachineError where it does not come up.
        """
        make_switch()
        for machine in self.machines:
            self._place(machine.name, machine.files)
            shutil.chown(machine.files / "etc/patroni", "postgres")
            machine.boot()
            self.start_etcd(machine)
        for machine in self.machines:
            self.start_patroni(machine)
            self._start_guard(machine)
        wait_until(self.is_whole, START_SECONDS, "a primary and two standbys")
        self._make_database()
        self._start_way()

    def _place(self, role: str, root: Path) -> None:
        command = ("sh", str(FILES / "place"), role, str(self.folder / "cluster.env"))
        subprocess.run(command, env={**os.environ, "DESTDIR": str(root)}, check=True)

    def start_etcd(self, machine: Machine) -> None:
        variables = read_variables(machine.files / "etc/default/etcd")
        machine.start("etcd.log", "etcd", user="etcd", variables=variables)

    def start_patroni(self, machine: Machine) -> None:
        machine.start("patroni.log", "patroni", "/etc/patroni/config.yml", user="postgres")

    def _start_guard(self, machine: Machine) -> None:
        variables = read_variables(machine.files / "etc/melikgazi-disk-guard.env")
        machine.start("guard.log", "sh", str(FILES / "melikgazi-disk-guard"), variables=variables)

    def _make_database(self) -> None:
        primary = self.primary()
        with self._connect(primary, "postgres") as connection:
            password = self._answers["LINE_PASSWORD"]
            connection.execute(f"CREATE ROLE melikgazi LOGIN PASSWORD '{password}'".encode())
            connection.execute("CREATE DATABASE melikgazi OWNER melikgazi")

    def _connect(self, machine: Machine, database: str) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(
            host=machine.address,
            user="postgres",
            password=self._answers["SUPERUSER_PASSWORD"],
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def _start_way(self) -> None:
        """HAProxy and PgBouncer, each seeing its files where Debian has them."""
        self._place("line", self.folder / "line-files")
        as_postgres = "exec setpriv --reuid=postgres --regid=postgres --init-groups"
        self._start_here("haproxy", "exec haproxy -db -f /etc/haproxy/haproxy.cfg")
        self._start_here("pgbouncer", f"{as_postgres} pgbouncer -q /etc/pgbouncer/pgbouncer.ini")
        wait_until(self.takes_writes, START_SECONDS, "the line's way to the primary")

    def _start_here(self, name: str, command: str) -> None:
        files = self.folder / "line-files/etc" / name
        shutil.chown(files, "postgres")
        with (self.folder / f"{name}.log").open("ab") as log:
            self._ours.append(
                subprocess.Popen(
                    (
                        *WITH_US,
                        "unshare",
                        "--mount",
                        "sh",
                        "-euc",
                        f"mount --bind {files} /etc/{name}; {command}",
                    ),
                    env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            )

    def takes_writes(self) -> bool:
        """Whether the line's address leads to somebody who can commit."""
        try:
            with psycopg.connect(self.url, connect_timeout=5) as connection:
                connection.execute("CREATE TEMPORARY TABLE here (id int) ON COMMIT DROP")
                return connection.execute("SELECT NOT pg_is_in_recovery()").fetchone() == (True,)
        except psycopg.Error:
            return False

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Of the line's database, by the line's own way."""
        with psycopg.connect(self.url, connect_timeout=5, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters or None).fetchall()

    def members(self) -> dict[str, dict[str, Any]]:
        """What Patroni knows of each member; empty while nobody answers."""
        for machine in self.machines:
            with contextlib.suppress(requests.RequestException, ValueError):
                answer = requests.get(f"http://{machine.address}:8008/cluster", timeout=3)
                if members := answer.json().get("members"):
                    return {member["name"]: member for member in members}
        return {}

    def primary(self) -> Machine:
        """Who has the role by Patroni. MachineError where nobody has."""
        for machine in self.machines:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"http://{machine.address}:8008/primary", timeout=3).status_code == 200:
                    return machine
        raise MachineError("nobody is primary")

    def standbys(self) -> list[Machine]:
        primary = self.primary()
        return [machine for machine in self.machines if machine is not primary]

    def is_whole(self) -> bool:
        """A leader, and two who stream from it and stand for its commits."""
        roles = sorted((each["role"], each["state"]) for each in self.members().values())
        return roles == [
            ("leader", "running"),
            ("quorum_standby", "streaming"),
            ("quorum_standby", "streaming"),
        ] and all(_etcd_is_well(machine) for machine in self.machines)

    def etcd_leader(self) -> Machine:
        """MachineError where there is none."""
        for machine in self.machines:
            status = _etcd_status(machine)
            if status and status.get("leader") == status["header"]["member_id"]:
                return machine
        raise MachineError("etcd has no leader")

    def switch_over(self) -> None:
        """Has Patroni hand the role over, as an administrator does."""
        primary = self.primary()
        answer = requests.post(
            f"http://{primary.address}:8008/switchover",
            json={"leader": primary.name},
            auth=("patroni", self._answers["PATRONI_PASSWORD"]),
            timeout=120,
        )
        if answer.status_code != 200:
            raise MachineError(f"no switchover: {answer.text}")

    def await_whole(self) -> None:
        try:
            wait_until(self.is_whole, HEAL_SECONDS, "whole again")
        except MachineError as error:
            raise MachineError(f"{error}, is {self.members()}") from error
        wait_until(self.takes_writes, HEAL_SECONDS, "the line's way to the primary")

    def boot_again(self, machine: Machine) -> None:
        machine.boot()
        self.start_etcd(machine)
        self.start_patroni(machine)
        self._start_guard(machine)

    def start_again(self, machine: Machine) -> None:
        """Whatever of its services has ended, as systemd would."""
        for program, start in (("etcd", self.start_etcd), ("patroni", self.start_patroni)):
            if not machine.processes(program):
                start(machine)

    def set_apart(self, *machines: Machine) -> None:
        """A cut through the network: they hear each other, and nobody else; the line is on the other side."""
        for machine in machines:
            machine.plug_into(APART)

    def stop(self) -> None:
        for program in self._ours:
            program.send_signal(signal.SIGKILL)
            program.wait()
        for machine in self.machines:
            machine.scrap()


def _etcd_status(machine: Machine) -> dict[str, Any] | None:
    with contextlib.suppress(requests.RequestException, ValueError):
        url = f"http://{machine.address}:2379/v3/maintenance/status"
        status: dict[str, Any] = requests.post(url, json={}, timeout=3).json()
        return status if "header" in status else None
    return None


def _etcd_is_well(machine: Machine) -> bool:
    status = _etcd_status(machine)
    return status is not None and not status.get("errors")


def _answers(file: Path, *, strict: bool) -> dict[str, str]:
    """Fills in cluster.env, and says what stands there."""
    text = (FILES / "cluster.env").read_text().replace("STRICT=on", f"STRICT={'on' if strict else 'off'}")
    lines = [
        f"{line}{secrets.token_hex(24)}" if line.endswith("PASSWORD=") else line for line in text.splitlines()
    ]
    file.write_text("\n".join(lines) + "\n")
    file.chmod(0o600)
    return read_variables(file)
