"""bin/run: the whole line on one machine, from an empty directory to a telephone that answers."""

import argparse
import http.client
import os
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tooling import instance, prepared, services
from tooling.bootstrap import ROOT
from tooling.processes import Program, ProgramError
from tooling.supervisor import Supervisor

HOST = "127.0.0.1"
READY_SECONDS = 300.0  # on a machine that is busy; who keeps dying is seen before
EMULATED_ACCOUNT = "100000000000001"
FILL = "fill --tickets 300 --days 30 --if-empty"
# At the end: seconds that each group gets before it is killed, 15 in all.
APPLICATION_PATIENCE, EMULATOR_PATIENCE, SERVICES_PATIENCE = 8.0, 2.0, 5.0


def main() -> int:
    """Runs until asked to stop (SystemExit 0). Returns 1 when it could not start, or a program kept dying."""
    options = _parser().parse_args()
    try:
        directory = instance.prepare_directory(options.data)
        with instance.locked(directory), Supervisor(_say) as supervisor:
            _serve(supervisor, directory, options.port, demo=options.demo)
    except instance.InUseError:
        _say(f"Bu veri dizini kullanımda, ikinci kez başlatılamaz: {options.data}")
    except (ProgramError, OSError) as error:
        _say(str(error))
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/run", description="Çözüm Hattı’nı bu makinede, veritabanıyla birlikte çalıştırır."
    )
    parser.add_argument("--port", type=_port, default=8000, help="web adresinin portu (8000)")
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="veri dizini (data/)")
    parser.add_argument(
        "--demo", action="store_true", help="boş hattı bir aylık uydurma başvuruyla doldurup aç"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError(f"{port} bir port değil (1-65535)")
    return port


def _serve(supervisor: Supervisor, directory: Path, port: int, *, demo: bool) -> None:
    """Brings everything up in order and keeps it up, until asked to stop."""
    _check_free(port)
    instance.forget(directory)
    first = instance.make_secrets(directory)
    needed = services.needed(directory, os.environ)
    environment = instance.environment(directory, port, os.environ)
    environment |= {service.variable: service.url for service in needed}
    environment |= _trial(directory) if _emulator_wanted(os.environ) else {}
    programs = Programs(directory, port, environment)

    ours = any(isinstance(service, services.Postgres) for service in needed)
    if ours:
        _say("Veritabanı hazırlanıyor; ilk açılış bir dakika sürebilir…" if first else "Veritabanı açılıyor…")
        prepared.fill(directory)
    for service in needed:
        service.create()
    supervisor.start(*(service.program for service in needed), patience=SERVICES_PATIENCE)
    _await(supervisor, lambda: all(service.ready() for service in needed), programs.logs)
    current = ours and prepared.is_current(directory)
    if not current:
        _say("Tablolar ve temel veriler yükleniyor…")
        supervisor.run(programs.python("migrate", "tooling.prepare", *prepared.COMMANDS))
    _start(supervisor, programs, current=current, demo=demo)
    if ours:
        prepared.mark(directory)

    instance.announce(directory, environment)
    try:
        _say(_welcome(directory, environment, first=first))
        if demo and sys.stdout.isatty():
            webbrowser.open(f"{environment['PUBLIC_URL']}/")  # the page that says what to try first
        supervisor.watch(lambda: False, every=5)
    finally:
        instance.forget(directory)


def _start(supervisor: Supervisor, programs: "Programs", *, current: bool, demo: bool) -> None:
    """Starts the application; what only a trial needs is made beside it, but for tickets, which come before.

    `current` is a database that nobody has had in hand since the last start.
    """
    if "EMULATOR_URL" in programs.environment:
        supervisor.start(programs.emulator(), patience=EMULATOR_PATIENCE)
        _await(supervisor, lambda: _listens(programs.environment["EMULATOR_URL"]), programs.logs)
    if demo:
        _say("Bir aylık uydurma başvuru yazılıyor…")
        supervisor.run(programs.trial(*programs.accounts(current=False), FILL, "demo_desk"))
    _say("Hat açılıyor…")
    supervisor.start(*programs.application(), patience=APPLICATION_PATIENCE)
    if commands := [*programs.accounts(current=current or demo), *programs.templates()]:
        supervisor.run(programs.trial(*commands))
    programs.furnished()
    _await(supervisor, lambda: _answers(programs.port) and supervisor.alive(), programs.logs)
    if demo and "EMULATOR_URL" in programs.environment:
        _say("Birkaç vatandaş hatta yazıyor…")
        supervisor.run(programs.trial("demo_talks"))


@dataclass(frozen=True)
class Programs:
    """The application's own programs."""

    directory: Path
    port: int
    environment: Mapping[str, str]

    @property
    def logs(self) -> Path:
        return self.directory / "log"

    def accounts(self, *, current: bool) -> list[str]:
        """The command that makes the accounts of the trial, where they are not there as they should be."""
        if "DEMO_PASSWORD" in os.environ:
            return ["demo_accounts"]
        done = current and self._accounts.exists()
        return [] if done else ["demo_accounts --keep"]  # a password that staff have changed stays

    def templates(self) -> list[str]:
        """The command that has the emulator approve the templates, at once; Meta takes a day to look at them."""
        wanted = "EMULATOR_URL" in self.environment and not self._templates.exists()
        return ["whatsapp_templates --submit"] if wanted else []

    def trial(self, *commands: str) -> Program:
        return replace(self.python("prepare", "tooling.prepare", *commands), environment=self._emulated())

    def furnished(self) -> None:
        """Remembers that accounts and templates are as they should be."""
        self._accounts.touch()
        if "EMULATOR_URL" in self.environment:
            self._templates.touch()

    @property
    def _accounts(self) -> Path:
        return self.directory / "accounts.made"

    @property
    def _templates(self) -> Path:
        return self.directory / "templates.approved"

    def emulator(self) -> Program:
        port = self.environment["EMULATOR_URL"].rpartition(":")[2]
        state = str(self.directory / "emulator.sqlite3")
        webhook = f"http://{HOST}:{self.port}/whatsapp/webhook/"
        clock = self.environment["EMULATOR_CLOCK"]
        arguments = ("--port", port, "--state", state, "--clock", clock, "--webhook-url", webhook)
        emulator = self.python("emulator", "whatsapp.emulator", *arguments)
        return replace(emulator, environment=self._emulated())

    def _emulated(self) -> Mapping[str, str]:
        """The emulator's number stands in an account even where the line asks for none."""
        account = self.environment["WHATSAPP_WABA_ID"] or EMULATED_ACCOUNT
        return {**self.environment, "WHATSAPP_WABA_ID": account}

    def application(self) -> Iterator[Program]:
        address = ("--host", HOST, "--port", str(self.port))
        yield self.python("web", "tooling.die_with_parent", "melikgazi.web.server:main", *address)
        yield self.python("workers", "tooling.die_with_parent", "melikgazi.workers.parent:main")

    def python(self, name: str, module: str, *arguments: str) -> Program:
        command = (sys.executable, "-m", module, *arguments)
        return Program(
            name=name, command=command, log=self.logs / f"{name}.log", environment=self.environment
        )


def _emulator_wanted(given: Mapping[str, str]) -> bool:
    """Not where another server speaks the Cloud API for us, nor where it was switched off."""
    switched_off = given.get("EMULATOR", "on").lower() in {"off", "0", "false", "no"}
    return "WHATSAPP_GRAPH_URL" not in given and not switched_off


def _trial(directory: Path) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        host = f"{HOST}:{probe.getsockname()[1]}"
    url = f"http://{host}"
    return {
        "EMULATOR": "on",
        "EMULATOR_URL": url,
        "EMULATOR_CLOCK": str(directory / "clock"),
        "WHATSAPP_GRAPH_URL": url,
        "WHATSAPP_MEDIA_HOSTS": host,
    }


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ProgramError(
                f"{port} portu kullanılamıyor ({error.strerror}); --port ile başka bir port verin."
            ) from error


def _answers(port: int) -> bool:
    """Whether the web server says that it is ready to store."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def _await(supervisor: Supervisor, ready: Callable[[], bool], logs: Path) -> None:
    if not supervisor.watch(ready, seconds=READY_SECONDS):
        raise ProgramError(f"{READY_SECONDS:.0f} saniyede hazır olmadı; ayrıntı: {logs}")


def _welcome(directory: Path, environment: Mapping[str, str], *, first: bool) -> str:
    address = environment["PUBLIC_URL"]
    shown = first and "DEMO_PASSWORD" not in os.environ
    password = environment["DEMO_PASSWORD"] if shown else f"DEMO_PASSWORD ({directory / instance.SECRETS})"
    rows = [
        ("Başlangıç", f"{address}/"),
        ("Telefon", f"{address}/emulator/") if "EMULATOR_URL" in environment else None,
        ("Yönetim", f"{address}/admin/"),
        ("API belgeleri", f"{address}/api/v1/docs/"),
        ("Webhook", f"{address}/whatsapp/webhook/"),
        ("Hesaplar", "admin, operator, supervisor, head_fen, crew_fen, dpo"),
        ("Parola", password),
        ("Veri dizini", str(directory)),
        ("Komutlar", f"bin/manage --data {directory} KOMUT"),
    ]
    table = [f"  {name:<14} {value}" for name, value in filter(None, rows)]
    return "\n".join(["Melikgazi Çözüm Hattı hazır. Durdurmak için: Ctrl-C", *table])


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
