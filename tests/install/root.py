"""A bare Debian that runs beside the host: its own files, processes, network and names, with systemd as PID 1.

Its files are an overlay on a root that debootstrap made once. What systemd-nspawn would do is done by a few mounts: it
wants the host to run systemd, which a container of CI does not.
"""

import contextlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.install import way_out
from tooling.instance import locked
from tooling.processes import die_with_parent

# What is made once is kept there from run to run.
CACHE = Path(os.environ.get("INSTALL_CACHE", "/var/tmp/melikgazi-install"))  # noqa: S108
SUITE = "trixie"
# Beyond Debian's essential packages: what makes a machine of it. A server that was just rented has as much.
MACHINE = "systemd,systemd-sysv,dbus"
BOOT_SECONDS = 60.0
STEP_SECONDS = 600.0
# What systemd-nspawn leaves to a container.
CAPABILITIES = (
    "audit_control audit_write chown dac_override dac_read_search fowner fsetid ipc_owner kill lease linux_immutable"
    " mknod net_admin net_bind_service net_broadcast net_raw setfcap setgid setpcap setuid sys_admin sys_boot"
    " sys_chroot sys_nice sys_ptrace sys_resource sys_tty_config"
)
ALONE = ["--mount", "--pid", "--fork", "--kill-child", "--net", "--uts", "--ipc", "--cgroup"]
# What is written goes into memory where there is plenty: dpkg and the database sync their files again and again.
IN_MEMORY, PLENTY = 6 * 2**30, 8 * 2**30  # bytes
# It does not start for the first time, when systemd would ask for what is not set.
BOOT = """
[ "$IN_MEMORY" = 0 ] || mount -t tmpfs -o "size=$IN_MEMORY,mode=755" tmpfs "$CHANGES"
mkdir -p "$CHANGES/work" "$CHANGES/upper/etc"
echo "$NAME" > "$CHANGES/upper/etc/hostname"
echo "$MACHINE_ID" > "$CHANGES/upper/etc/machine-id"
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$CHANGES/upper,workdir=$CHANGES/work" "$PLACE"
cd "$PLACE"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
! [ -e proc/sysrq-trigger ] || mount --bind -o ro proc/sysrq-trigger proc/sysrq-trigger
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
for each in null zero full random urandom tty; do
    touch dev/$each
    mount --bind /dev/$each dev/$each
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p run/host/old var/cache/apt/archives
mount --bind "$HANDED" run/host
mount --bind "$DEBS" var/cache/apt/archives
mkdir -p run/host/old
pivot_root . run/host/old
umount -l /run/host/old
exec setpriv --bounding-set "$BOUNDS" \\
    env -i PATH=/usr/sbin:/usr/bin container=melikgazi-install /lib/systemd/systemd
"""


class NoDebianError(Exception):
    """A bare Debian is not to be had here, or does not run; `str()` says why."""


def why_not() -> str:
    """Why no root can be made on this machine; empty where one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root"
    if f"VERSION_CODENAME={SUITE}" not in Path("/etc/os-release").read_text():
        return "needs Debian 13"
    if not shutil.which("debootstrap"):
        return "needs debootstrap (apt-get install debootstrap)"
    if subprocess.run(("unshare", *ALONE, "true"), capture_output=True, check=False).returncode:
        return "needs namespaces, which this machine forbids"
    if not hierarchy():
        return "needs control groups of version 2"
    try:
        base_system()
    except NoDebianError as error:
        return str(error)
    return ""


class Root:
    """One machine, from the boot on until `running` ends."""

    def __init__(self, folder: Path, pid: int) -> None:
        self.folder = folder
        self.pid = pid

    @property
    def handed(self) -> Path:
        """A folder of the host's, which the root knows as /run/host."""
        return self.folder / "handed"

    def run(self, script: str, *, stdin: bytes = b"", variables: Mapping[str, str] | None = None) -> str:
        """What a shell of root prints. AssertionError with all it said when a command fails."""
        given = [f"--setenv={name}={value}" for name, value in (variables or {}).items()]
        asked = ("systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--expand-environment=no", *given)
        done = subprocess.run(
            self._inside(*asked, "bash", "-euo", "pipefail", "-c", script),
            input=stdin,
            capture_output=True,
            timeout=STEP_SECONDS,
            check=False,
        )
        said = done.stdout.decode(errors="replace")
        assert done.returncode == 0, f"{script}\n{said}{done.stderr.decode(errors='replace')}"
        return said

    def succeeds(self, script: str) -> bool:
        try:
            self.run(script)
        except AssertionError:
            return False
        return True

    def ask(self, script: str, answers: Sequence[tuple[str, str]]) -> str:
        """What a shell of root on a terminal shows while each question (a pattern) is answered in turn."""
        ours, theirs = pty.openpty()
        asking = subprocess.Popen(
            self._inside("bash", "-euo", "pipefail", "-c", script), stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        said, seen = "", 0
        waiting = list(answers)
        try:
            while part := _read(ours):
                said += part
                if waiting and (found := re.search(waiting[0][0], said[seen:])):
                    seen += found.end()
                    os.write(ours, waiting.pop(0)[1].encode() + b"\n")
        finally:
            os.close(ours)
            status = asking.wait(STEP_SECONDS)
        assert status == 0, f"{script}\n{said}"
        assert not waiting, f"{waiting[0][0]} was never asked\n{said}"
        return said

    def outside(
        self, *command: str, variables: Mapping[str, str] | None = None, stdout: int | None = None
    ) -> subprocess.Popen[bytes]:
        """A program of the host's in the root's network, where names are what the root calls them."""
        names = self.folder / "hosts"
        names.write_bytes(self.read("/etc/hosts"))
        named = f'mount --bind {names} /etc/hosts; exec "$@"'
        enter = ("nsenter", f"--net=/proc/{self.pid}/ns/net", "unshare", "--mount", "sh", "-euc", named, "sh")
        return subprocess.Popen([*enter, *command], env={**os.environ, **(variables or {})}, stdout=stdout)

    def read(self, path: str) -> bytes:
        return self.path(path).read_bytes()

    def path(self, path: str) -> Path:
        """A file of the root's, as the host can open it."""
        return Path(f"/proc/{self.pid}/root{path}")

    def _inside(self, *command: str) -> list[str]:
        enter = ("nsenter", f"--target={self.pid}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")
        path = "PATH=/usr/local/sbin:/usr/sbin:/usr/bin"
        clean = ("env", "-i", "-C", "/root", path, "HOME=/root", "LANG=C.UTF-8", "TERM=dumb")
        return [*enter, *clean, *command]


@contextlib.contextmanager
def running(name: str) -> Iterator[Root]:
    """A bare machine of that name, gone with all its files at the end. NoDebianError where it does not come up."""
    base = base_system()
    debs = _folder(CACHE / "debs")
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=f"{name}-") as made, cgroup(Path(made).name) as group:
        folder = Path(made)
        folder.chmod(0o755)
        places = {each: _folder(folder / each) for each in ("changes", "place", "handed")}
        bounds = ",".join(("-all", *(f"+{each}" for each in CAPABILITIES.split())))
        variables = {key.upper(): str(value) for key, value in places.items()}
        variables |= {"LOWER": str(base), "DEBS": str(debs), "BOUNDS": bounds}
        variables |= {"NAME": name, "MACHINE_ID": uuid.uuid4().hex}
        variables["IN_MEMORY"] = str(IN_MEMORY if _free_memory() >= PLENTY else 0)
        parent = os.getpid()

        def prepare() -> None:
            die_with_parent(parent)
            (group / "cgroup.procs").write_text("0")

        with (folder / "console.log").open("wb") as log:
            holder = subprocess.Popen(
                ("unshare", *ALONE, "bash", "-euc", BOOT),
                env={**os.environ, **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=prepare,  # noqa: PLW1509  it only asks the kernel
            )
        try:
            root = Root(folder, _booted(holder, folder / "console.log"))
            with way_out.open_for(root.pid):
                yield root
        finally:
            _end(holder)


def _booted(holder: subprocess.Popen[bytes], console: Path) -> int:
    """The process id of its PID 1, once that says that everything is up."""
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline and holder.poll() is None:
        for child in _children(holder):
            if _is_up(child):
                return child
        time.sleep(0.2)
    said = console.read_text(errors="replace").strip().splitlines()
    raise NoDebianError(f"a bare Debian does not come up on this machine: {' / '.join(said[-3:])}")


def _end(holder: subprocess.Popen[bytes]) -> None:
    """Its parent sees PID 1 gone only after all that ran there."""
    for child in _children(holder):
        os.kill(child, signal.SIGKILL)
    holder.wait()


def _children(holder: subprocess.Popen[bytes]) -> list[int]:
    with contextlib.suppress(OSError):  # has ended
        return [
            int(pid) for pid in Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
        ]
    return []


def _is_up(pid: int) -> bool:
    asked = Root(Path(), pid)._inside("systemctl", "is-system-running")
    said = subprocess.run(asked, capture_output=True, check=False).stdout.decode().strip()
    return said in {"running", "degraded"}


def base_system() -> Path:
    """Debian as debootstrap makes it, from where the host's packages come from."""
    base = CACHE / SUITE
    with locked(_folder(CACHE), wait=True):
        if not base.exists():
            unfinished = CACHE / f"{SUITE}.new"
            shutil.rmtree(unfinished, ignore_errors=True)
            sources = host_sources()
            command = ("debootstrap", "--variant=minbase", f"--include={MACHINE}", SUITE, str(unfinished))
            done = subprocess.run([*command, _mirror(sources)], capture_output=True, text=True, check=False)
            if done.returncode:
                said = (done.stdout + done.stderr).strip().splitlines()
                raise NoDebianError(
                    f"debootstrap could not fetch Debian: {(said or ['it said nothing'])[-1]}"
                )
            (unfinished / "etc/apt/sources.list").write_text(sources)
            (unfinished / "etc/apt/apt.conf.d/90host").write_text(_host_settings())
            unfinished.rename(base)
    return base


def host_sources() -> str:
    """A line for each of the host's sources of this release, by the network."""
    asked = "$(SITE) $(RELEASE) $(COMPONENT) $(SIGNED_BY)"
    command = ["apt-get", "indextargets", "--format", asked, "Created-By: Packages"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = [line.split() for line in dict.fromkeys(lines) if line.startswith("http")]
    return "".join(
        f"deb [signed-by={key}] {site} {release} {component}\n"
        for site, release, component, key in found
        if release.startswith(SUITE)
    )


def _mirror(sources: str) -> str:
    found = re.findall(rf"(http\S+) {SUITE} main$", sources, re.MULTILINE)
    if not found:
        raise NoDebianError(f"the host knows no source of packages of {SUITE} (apt-get update)")
    return str(found[0])


def _host_settings() -> str:
    """How the host's apt judges what it is given; a proxy of its own our own proxy goes through."""
    command = ["apt-config", "dump", "Acquire"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return "".join(f"{line}\n" for line in lines if "Check-" in line)


@contextlib.contextmanager
def cgroup(name: str) -> Iterator[Path]:
    """A group of processes of its own, and none of what systemd made below it afterwards."""
    group = Path(hierarchy()) / name
    try:
        group.mkdir()
    except OSError as error:
        raise NoDebianError(f"needs control groups that may be made: {error}") from error
    try:
        yield group
    finally:
        for each in sorted(group.rglob("*/"), reverse=True):
            each.rmdir()
        group.rmdir()


def hierarchy() -> str:
    """Where control groups of version 2 are mounted; empty for nowhere."""
    found = re.search(
        r"^(?:\S+ ){4}(\S+) .*- cgroup2 ", Path("/proc/self/mountinfo").read_text(), re.MULTILINE
    )
    return found[1] if found else ""


def _free_memory() -> int:
    """Bytes that may be taken without swapping; 0 where the kernel does not say."""
    found = re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    return path


def _read(terminal: int) -> str:
    """What comes next, or nothing once its other side is closed."""
    ready, _, _ = select.select([terminal], [], [], STEP_SECONDS)
    if not ready:
        return ""
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:  # the kernel's way to say that nobody holds the other side
        return ""
