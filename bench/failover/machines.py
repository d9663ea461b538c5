"""Machines of our own on this one: each has its network, processes, names and disk, and all hang on one switch.

Nothing of it is in the host's network. A machine lives as long as its first process: whoever ends that has pulled the
plug, and its disk (a tmpfs, which outlives it) is what remains.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

SWITCH, APART = "switch", "apart"  # whoever hangs on the second one hears nothing of the first
GATEWAY = "10.77.0.1/24"  # who measures, and the line with them
READY_SECONDS = 20.0
# What the first process does. It collects whoever is orphaned, as an init does.
BOOT = """
hostname "$NAME"
mount --bind "$DISK/postgresql" /var/lib/postgresql
mount --bind "$DISK/etcd" /var/lib/etcd
mount --bind "$FILES/etc/patroni" /etc/patroni
mount -t tmpfs -o mode=755 tmpfs /run/postgresql
chown postgres: /run/postgresql
ip link set lo up
touch "$FILES/booted"
while :; do sleep 1000; done
"""
WITH_US = ("setpriv", "--pdeathsig", "KILL")  # ends when whoever started it does
ALONE = ("--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc")


class MachineError(RuntimeError):
    """A machine does not do what it must; `str()` says which and what."""


def wait_until(what: Callable[[], object], seconds: float, missing: str) -> None:
    """MachineError with `missing` where it does not come true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise MachineError(f"not within {seconds:.0f} s: {missing}")
        time.sleep(0.2)


def enter_own_network(again: list[str]) -> None:
    """Becomes the command `again` in a network and a table of mounts that nobody else is in."""
    os.execvp("unshare", ["unshare", "--net", "--mount", "--propagation", "private", *again])  # noqa: S606


def make_switch() -> None:
    ip("link", "set", "lo", "up")
    for bridge in (SWITCH, APART):
        ip("link", "add", bridge, "type", "bridge", "forward_delay", "0")
        ip("link", "set", bridge, "up")
    ip("address", "add", GATEWAY, "dev", SWITCH)


def ip(*arguments: str) -> None:
    subprocess.run(("ip", *arguments), check=True)


class Machine:
    """One machine, with its files below `folder`: the disk, what was written for it, and what its services said."""

    def __init__(self, name: str, address: str, folder: Path, disk_megabytes: int) -> None:
        self.name, self.address, self.folder = name, address, folder
        self.disk, self.files = folder / "disk", folder / "files"
        self._holder: subprocess.Popen[bytes] | None = None
        self._programs: list[subprocess.Popen[bytes]] = []
        self.disk.mkdir(parents=True)
        subprocess.run(
            ("mount", "-t", "tmpfs", "-o", f"size={disk_megabytes}m,mode=755", "tmpfs", str(self.disk)),
            check=True,
        )
        for service, owner in (("postgresql", "postgres"), ("etcd", "etcd")):
            (self.disk / service).mkdir()
            shutil.chown(self.disk / service, owner, owner)

    def boot(self) -> None:
        """Up, and on the switch."""
        booted = self.files / "booted"
        booted.unlink(missing_ok=True)
        given = {"NAME": self.name, "DISK": str(self.disk), "FILES": str(self.files)}
        with (self.folder / "console.log").open("ab") as log:
            self._holder = subprocess.Popen(
                (*WITH_US, "unshare", *ALONE, "sh", "-euc", BOOT),
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **given},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(booted.exists, READY_SECONDS, f"{self.name} is up")
        port = f"{self.name}port"
        ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(self._first))
        self._inside("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self._inside("ip", "link", "set", "eth0", "up")
        ip("link", "set", port, "master", SWITCH, "up")

    @property
    def is_up(self) -> bool:
        return self._holder is not None and self._holder.poll() is None

    @property
    def _first(self) -> int:
        """Its first process, as the host counts."""
        assert self._holder
        children = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()
        return int(children[0])

    def start(
        self, log: str, *command: str, user: str = "", variables: Mapping[str, str] | None = None
    ) -> None:
        """A service of the machine, which ends with it."""
        as_user = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups") if user else ()
        with (self.folder / log).open("ab") as output:
            program = subprocess.Popen(
                (*WITH_US, *self._enter(), *as_user, *command),
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **(variables or {})},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._programs = [each for each in self._programs if each.poll() is None] + [program]

    def _enter(self) -> tuple[str, ...]:
        return ("nsenter", f"--target={self._first}", "--mount", "--net", "--pid", "--uts", "--ipc")

    def _inside(self, *command: str) -> None:
        subprocess.run((*self._enter(), *command), check=True)

    def power_off(self) -> None:
        """At once; what was written to the disk stays."""
        if self._holder and self.is_up:
            os.kill(self._first, signal.SIGKILL)
        # They collect what they started in there, and its first process has not ended before that.
        for program in self._programs:
            program.kill()
            program.wait()
        self._programs = []
        if self._holder:
            self._holder.wait()

    def scrap(self) -> None:
        """Off for good, and its disk gone."""
        self.power_off()
        subprocess.run(("umount", "--lazy", str(self.disk)), check=True)

    def processes(self, *programs: str) -> list[int]:
        """Those of the programs by their names; without names all but the first process."""
        first, found = self._first, []
        own = Path(f"/proc/{first}/ns/pid").readlink()
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # has ended
                name, is_first = (entry / "comm").read_text().strip(), int(entry.name) == first
                if (
                    not is_first
                    and (entry / "ns/pid").readlink() == own
                    and (not programs or name in programs)
                ):
                    found.append(int(entry.name))
        return found

    def signal(self, number: signal.Signals, *programs: str) -> None:
        """To all its processes of these programs. MachineError where there are none."""
        pids = self.processes(*programs)
        if not pids:
            raise MachineError(f"{self.name} runs none of {', '.join(programs)}")
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def pause(self) -> None:
        """Nothing in it runs until `resume`."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)
        for program in self._programs:  # who entered it stopped along
            program.send_signal(signal.SIGCONT)

    def plug_into(self, bridge: str) -> None:
        ip("link", "set", f"{self.name}port", "master", bridge)

    def lose_database(self) -> None:
        """While it is off: another disk, with nothing on it of PostgreSQL's."""
        for each in (self.disk / "postgresql").iterdir():
            if each.is_dir():
                shutil.rmtree(each)
            else:
                each.unlink()

    def fill_disk(self) -> None:
        """To the last byte."""
        with (self.disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(bytes(2**16)):
                pass

    def free_disk(self) -> None:
        (self.disk / "ballast").unlink(missing_ok=True)
