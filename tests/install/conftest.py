"""A machine that the guide's steps are done on."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyrage
import pytest

from tests.deploy.deployment import ROOT
from tests.install import root, way_out
from tests.install.answers import ADMINISTRATOR, BESIDE_THE_GUIDE, META, NAME, SETTINGS, SHELL
from tests.install.guide import Step
from tests.install.networks import inside
from tests.install.root import Root
from tests.tooling.trial import eventually
from whatsapp.emulator.client import ControlClient
from whatsapp.emulator.records import File

CADDYS_AUTHORITY = "/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
ANSWER_SECONDS = 60.0
REDELIVERY_SECONDS = 300.0  # until Meta sends again what was not taken
PHOTO = File("cukur.png", "image/png", (ROOT / "docs/pictures/ticket.png").read_bytes())
NEXT_VERSION = "the next version"
AUTHORITIES = Path(os.environ.get("PIP_CERT", "/etc/ssl/certs/ca-certificates.crt"))


class Administrator:
    """Does what the guide says on one machine, and knows what it does not say."""

    def __init__(self, machine: Root, settings: dict[str, str]) -> None:
        self.machine = machine
        self.settings = settings
        self.shell = dict(SHELL)
        self.began = time.monotonic()

    def does(self, step: Step) -> str:
        """What the step shows. AssertionError when it fails."""
        if step.kind == "fill":
            self._fill(step)
            return ""
        assert step.kind in {"step", "asks"}
        if step.kind == "asks":
            return self.machine.ask(step.text, ADMINISTRATOR)
        return self.machine.run(step.text, variables=self.shell | ways_out())

    def has_a_certificate(self) -> None:
        """Signed by itself, as a municipality's own may be."""
        made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout /run/host/nginx.key -out /run/host/nginx.crt"
        self.machine.run(f"{made} -subj /CN={NAME} -addext subjectAltName=DNS:{NAME} 2>/dev/null")
        self.shell |= {"SERTIFIKA": "/run/host/nginx.crt", "ANAHTAR": "/run/host/nginx.key"}

    def archives(self) -> list[Path]:
        return sorted(self.machine.path("/var/backups/melikgazi").iterdir())

    def publishes_the_next_version(self) -> None:
        """A commit more than what is installed, that /healthz tells by."""
        if not (self.machine.handed / NEXT_VERSION).exists():
            answer = 'HttpResponse("ok"'
            self._publishes(
                NEXT_VERSION, "observability/health.py", answer, answer.replace("ok", NEXT_VERSION)
            )

    def publishes_a_broken_version(self) -> None:
        """One that all commands take, and that ends when it is to serve."""
        self._publishes(
            "a broken version", "web/server.py", "application = load(", 'raise SystemExit("broken")  # ('
        )

    def _publishes(self, name: str, file: str, before: str, after: str) -> None:
        source = self.machine.handed / name
        git = ("git", "-C", str(source), "-c", "user.name=test", "-c", "user.email=test@example.org")
        subprocess.run(
            ["git", "clone", "--quiet", str(self.machine.handed / "depo.git"), str(source)], check=True
        )
        changed = source / "melikgazi" / file
        was = changed.read_text()
        assert before in was
        changed.write_text(was.replace(before, after))
        subprocess.run([*git, "commit", "--quiet", "--all", "--message", name], check=True)
        subprocess.run([*git, "push", "--quiet"], check=True)

    @contextlib.contextmanager
    def knocking(self) -> Iterator[Callable[[], list[str]]]:
        """Fifty requests a second through the proxy. Yields what their statuses are, once the block has ended."""
        authority = str(self.machine.path(CADDYS_AUTHORITY))
        answers = self.machine.folder / "answers"
        with answers.open("wb") as said:
            asking = self.machine.outside(
                *(sys.executable, "-m", "tests.install.knocking", f"https://{NAME}/healthz", authority),
                stdout=said.fileno(),
            )
        try:
            assert eventually(lambda: answers.stat().st_size)
            yield lambda: answers.read_text().split()
        finally:
            asking.terminate()
            asking.wait()

    def _fill(self, step: Step) -> None:
        if step.name == "shell":
            assert set(step.asked) <= set(self.shell)
            return
        written = step.lines | {name: self.settings[name] for name in step.asked}
        file = self.machine.path(step.name)
        kept = [
            line
            for line in file.read_text().splitlines()
            if line.lstrip("#").partition("=")[0] not in written
        ]
        file.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in written.items()), ""]))


def ways_out() -> dict[str, str]:
    """By which the root's apt and pip reach what the host's reach."""
    asked = [sys.executable, "-m", "pip", "config", "list"]
    set_here = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"[.](index-url|extra-index-url|trusted-host)='(.+)'", set_here)
    index = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in found}
    proxy = {"http_proxy": way_out.URL, "https_proxy": way_out.URL, "no_proxy": NAME}
    trusted = {"PIP_CERT": "/run/host/authorities.pem"}
    return {**index, **proxy, **trusted, "DEBIAN_FRONTEND": "noninteractive"}


@contextlib.contextmanager
def first_machine(name: str, *, packages: bool = True) -> Iterator[Root]:
    """A bare machine that packages reach; what asks for it is skipped where this one cannot be that, with the reason.

    Nothing of the line is on it yet, so no fault of the line can be the reason.
    """
    if reason := root.why_not():
        pytest.skip(reason)
    with contextlib.ExitStack() as opened:
        try:
            machine = opened.enter_context(root.running(name))
        except root.NoDebianError as error:
            pytest.skip(str(error))
        hand_over(machine)
        if packages and (reason := no_packages(machine)):
            pytest.skip(reason)
        yield machine


def no_packages(machine: Root) -> str:
    """Why the guide could not install anything; empty where Debian's packages and Python's are to be had."""
    elsewhere = "-o Dir::State::Lists=/run/lists"  # so that no step of the guide finds done what it must do
    update = (
        f"mkdir -p /run/lists/partial; apt-get update --quiet=2 {elsewhere} -o APT::Update::Error-Mode=any"
    )
    try:
        machine.run(update, variables=ways_out())
    except AssertionError as error:
        return f"Debian's packages are not to be had now: {str(error).splitlines()[-1]}"
    with tempfile.TemporaryDirectory() as folder:
        asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "pip"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip().splitlines()
    return f"Python's packages are not to be had now: {said[-1]}" if done.returncode else ""


@pytest.fixture
def citizen(administrator: "Administrator") -> Iterator["Citizen"]:
    with meta_beside(administrator, CADDYS_AUTHORITY) as somebody:
        yield somebody


@pytest.fixture(scope="session")
def identity() -> pyrage.x25519.Identity:
    """Of who can read the backups; it was made on another machine."""
    return pyrage.x25519.Identity.generate()


@pytest.fixture(scope="session")
def administrator(identity: pyrage.x25519.Identity) -> Iterator[Administrator]:
    with first_machine("hat") as machine:
        somebody = _of(machine, identity)
        somebody.began = time.monotonic()
        yield somebody


@pytest.fixture(scope="session")
def successor(administrator: Administrator, identity: pyrage.x25519.Identity) -> Iterator[Administrator]:
    """On another bare machine, with what the first one leaves; that has stopped answering."""
    administrator.machine.run("systemctl stop melikgazi.target")
    with root.running("hat2") as machine:
        hand_over(machine)
        left = {"ayarlar": administrator.machine.read("/etc/melikgazi.env"), "kimlik": str(identity).encode()}
        left["yedek.tar.gz"] = administrator.archives()[-1].read_bytes()
        for name, data in left.items():
            (machine.handed / name).write_bytes(data)
        heir = _of(machine, identity)
        heir.shell |= {
            "AYARLAR": "/run/host/ayarlar",
            "YEDEK": "/run/host/yedek.tar.gz",
            "KIMLIK": "/run/host/kimlik",
        }
        yield heir


def _of(machine: Root, identity: pyrage.x25519.Identity) -> Administrator:
    """Somebody to whom the machine was just handed: its name is known, and where the program is to be had."""
    hosts = machine.path("/etc/hosts")
    hosts.write_text(f"127.0.0.1 localhost {NAME}\n::1 localhost\n")
    beside = machine.path("/etc/systemd/system/melikgazi-.service.d")
    beside.mkdir()
    (beside / "meta.conf").write_text(BESIDE_THE_GUIDE)
    # Its curl believes in Caddy's own authority, as a browser does in a public one.
    machine.path("/root/.curlrc").write_text(f"cacert = {CADDYS_AUTHORITY}\n")
    published = machine.handed / "depo.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(published)], check=True)
    shallow = ["git", "-C", str(published), "config", "receive.shallowUpdate", "true"]
    subprocess.run(shallow, check=True)  # CI's checkout may have no history
    subprocess.run(["git", "push", "--quiet", str(published), "HEAD:refs/heads/main"], cwd=ROOT, check=True)
    return Administrator(machine, SETTINGS | {"BACKUP_RECIPIENTS": str(identity.to_public())})


def hand_over(machine: Root) -> None:
    """Whom the host believes, its packages' servers among them."""
    (machine.handed / "authorities.pem").write_bytes(AUTHORITIES.read_bytes())


class Citizen:
    """Somebody with a telephone, at the emulator of Meta that stands in the machine's network."""

    def __init__(self, machine: Root) -> None:
        self._machine = machine
        self._client = ControlClient(META)
        with inside(machine.pid):
            self._person = self._client.add_person("Ayşe", phone="905320000001")["id"]

    def says(self, text: str, *, photo: bool = False) -> str:
        """What comes in answer; empty for nothing within a minute."""
        with inside(self._machine.pid):
            after = self._client.chat(self._person)["last"]
            if photo:
                self._client.say(self._person, "image", [PHOTO], caption=text)
            else:
                self._client.say(self._person, "text", text=text)
            answers = self._client.answers(self._person, after=after, seconds=ANSWER_SECONDS, quiet=5)
            return "\n".join(message["shown"]["text"] for message in answers)

    def writes(self, text: str) -> None:
        """Without waiting for an answer."""
        with inside(self._machine.pid):
            self._client.say(self._person, "text", text=text)

    def answers(self) -> list[str]:
        """All that ever reached the telephone."""
        with inside(self._machine.pid):
            chat = self._client.chat(self._person)["messages"]
            return [message["shown"]["text"] for message in chat if message["direction"] == "out"]

    def is_answered(self, *, beyond: int) -> bool:
        """Whether more than so many messages reach it within some minutes, and the line has no more to say."""
        with inside(self._machine.pid):
            return eventually(lambda: len(self.answers()) > beyond, REDELIVERY_SECONDS)

    def deliveries(self) -> object:
        with inside(self._machine.pid):
            return self._client.deliveries()


@contextlib.contextmanager
def meta_beside(administrator: Administrator, authority: str) -> Iterator[Citizen]:
    """Meta, which reaches the machine by its public name alone and believes whom `authority` signed for."""
    machine = administrator.machine
    settings = dict(
        line.partition("=")[::2] for line in machine.read("/etc/melikgazi.env").decode().splitlines()
    )
    command = (sys.executable, "-m", "whatsapp.emulator", "--port", META.rpartition(":")[2], "--verify")
    webhook = (
        "--webhook-url",
        f"https://{NAME}/whatsapp/webhook/",
        "--authorities",
        str(machine.path(authority)),
    )
    given = {name: value for name, value in settings.items() if name.startswith("WHATSAPP_")}
    meta = machine.outside(*command, *webhook, variables=given)
    try:
        with inside(machine.pid):
            assert eventually(_listens, 30)
        yield Citizen(machine)
    finally:
        meta.terminate()
        meta.wait()


def _listens() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(META.rpartition(":")[2]))) == 0
