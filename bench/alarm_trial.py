"""One fault in an installation of its own, under watch: `python -m bench.alarm_trial NAME FOLDER`.

1. Database and broker as servers of this trial, the line on them by bin/run, Prometheus and Alertmanager beside it.
2. From then on somebody new reports every few seconds. The fault waits until nothing is pending and all is well.
3. Places are looked at: /healthz and /readyz, doctor, the dashboard, Prometheus, the mailbox. Each tells when it first
   differed from the healthy state, in seconds since the fault.
4. The cure is what the alarm's description and docs/isletme.md say. Then everything has to end by itself.
5. What was sent meanwhile is counted: in the rows, and on the citizens' telephones.
"""

import contextlib
import dataclasses
import io
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import requests
from PIL import Image

from bench.alarm_watch import Repeated, Watchtower
from tests.chaos.instance import INHERITED, ROOT, Instance, wait_for
from tooling import instance, prepared, processes, services
from whatsapp.emulator.client import ControlClient
from whatsapp.emulator.records import File

LATE = 60.0  # seconds from a message to its answer
SOMEBODY_WRITES_EVERY = 6.0
HEALTHY_WITHIN = 300.0
HEALED_WITHIN = 900.0
AFTER_ALARM = 20.0  # the mail is let come before the cure
# What else this machine does is no sign of the fault.
BUSY_ALARM = "MakineAsiriYuklu"
BUSY = re.compile("machine: overloaded|Makine|. Makine: .*")
REPORT = "Köşk mahallesi yolda büyük çukur var, {} numaranın önü"


class Server:
    """Database or broker: a program of this trial, which can be stopped and started."""

    def __init__(self, service: services.Service, environment: dict[str, str] | None = None) -> None:
        self.service, self._more = service, environment or {}
        self.start()

    def start(self) -> None:
        self.service.create()
        program = dataclasses.replace(self.service.program, environment=self._more)
        self.program, self.process = program, processes.start(program)
        wait_for(self.service.ready, 120)

    def stop(self) -> None:
        processes.stop(self.process, self.program.stop_signal, services.STOP_SECONDS)

    def is_dead(self) -> bool:
        return self.process.poll() is not None


class Installation:
    """The line with its servers; `variables` are settings beyond those of a trial."""

    def __init__(self, data: Path, variables: dict[str, str], prepare: Callable[[Path], None]) -> None:
        for name in [each for each in os.environ if each.startswith(INHERITED)]:
            del os.environ[name]
        self.data = instance.prepare_directory(data)
        instance.make_secrets(data)
        prepared.fill(data)
        prepare(data)
        wanted, self.clocked = services.needed(data, {}), _preloaded(variables)
        self.database, self.broker = (Server(each, self.clocked) for each in wanted)
        addresses = {each.variable: each.url for each in wanted}
        self.line = Instance(data, root=ROOT, **addresses, **variables)
        self.emulator = ControlClient(self.line.variables["EMULATOR_URL"])

    def manage(self, *command: str, seconds: float = 180) -> "subprocess.CompletedProcess[str]":
        full = [str(ROOT / "bin/manage"), "--data", str(self.data), *command]
        return subprocess.run(
            full, capture_output=True, text=True, check=False, timeout=seconds, env=os.environ | self.clocked
        )

    def sql(self, statement: str, *values: object) -> None:
        with self.line.connect() as connection:
            connection.execute(statement.encode(), values or None)

    def first_processes(self, word: str) -> list[int]:
        return [pid for pid in self.line.processes(word) if self.line._is_first(pid)]

    def restart(self, *words: str) -> None:
        """systemctl restart: asked to end, started again."""
        for word in words:
            for pid in self.first_processes(word):
                os.kill(pid, signal.SIGTERM)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.line.process.pid, signal.SIGCONT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.line.stop()
        for server in (self.broker, self.database):
            if not server.is_dead():
                server.stop()


def _preloaded(variables: dict[str, str]) -> dict[str, str]:
    """What moves a program's clock."""
    return {
        name: text for name, text in variables.items() if name.startswith(("LD_PRELOAD", "FAKE", "NO_FAKE"))
    }


WEB, WORKERS = "melikgazi.web.server:main", "melikgazi.workers.parent:main"


@dataclasses.dataclass
class Report:
    number: int
    person: int
    at: float  # by the emulator's clock


class Citizens:
    """Somebody new reports every few seconds; what they wrote and what they heard."""

    def __init__(self, emulator: ControlClient, *, photos: bool = False) -> None:
        self._emulator, self._photos, self._lock = emulator, photos, threading.Lock()
        self.reports: list[Report] = []
        self.words_of_next = ""
        self._writing = Repeated(self.write, SOMEBODY_WRITES_EVERY)

    def write(self) -> Report:
        with self._lock:
            number = len(self.reports)
            person = self._emulator.add_person(f"Vatandaş {number}", phone=f"90535{number:07d}")["id"]
            words, self.words_of_next = self.words_of_next or REPORT.format(number), ""
            if self._photos:
                sent = self._emulator.say(person, "image", [_photo()], caption=words)
            else:
                sent = self._emulator.say(person, "text", text=words)
            self.reports.append(Report(number, person, sent[0]["at"]))
            return self.reports[-1]

    def stop(self) -> None:
        self._writing.stop()

    def answers(self) -> dict[int, list[tuple[float, str]]]:
        """What each person was told, with when."""
        found: dict[int, list[tuple[float, str]]] = {}
        after = 0
        while page := self._emulator.outbound(after=after)["messages"]:
            for message in page:
                if text := str(message["shown"].get("text") or message["body"]):
                    found.setdefault(message["person"], []).append((message["at"], text))
            after = page[-1]["seq"]
        return found

    def unanswered(self) -> int:
        answered = self.answers()
        return sum(report.person not in answered for report in self.reports)

    def told(self) -> dict[str, object]:
        answered = self.answers()
        first = [answered[each.person][0][0] - each.at for each in self.reports if each.person in answered]
        twice = sum(
            sum(count - 1 for count in Counter(text for _, text in answered.get(each.person, ())).values())
            for each in self.reports
        )
        return {
            "sent": len(self.reports),
            "unanswered": self.unanswered(),
            "answered_twice": twice,
            "late": sum(seconds > LATE for seconds in first),
            "slowest_s": round(max(first, default=0)),
        }


def _photo() -> File:
    found = io.BytesIO()
    Image.effect_noise((320, 240), 60).save(found, "JPEG")
    return File("photo.jpg", "image/jpeg", found.getvalue())


class Dashboard:
    """What the administrator's first page marks as bad."""

    def __init__(self, line: Instance) -> None:
        self._line, self._session = line, requests.Session()
        page = f"{line.url}/admin/login/?next=/admin/"
        token = re.search(
            r'name="csrfmiddlewaretoken" value="([^"]+)"', self._session.get(page, timeout=30).text
        )
        assert token
        form = {
            "csrfmiddlewaretoken": token[1],
            "username": "admin",
            "password": line.variables["DEMO_PASSWORD"],
        }
        self._session.post(page, form | {"next": "/admin/"}, headers={"Referer": page}, timeout=30)

    def bad(self) -> set[str]:
        try:
            answer = self._session.get(f"{self._line.url}/admin/", timeout=30)
        except requests.RequestException:
            return {"açılmıyor"}
        if answer.status_code >= 500:
            return {f"HTTP {answer.status_code}"}
        terms = re.findall(r'<dt>([^<]+)</dt>\s*<dd class="bad">\s*([^<]*)', answer.text)
        rings = self._session.get(f"{self._line.url}/admin/bildirimler/durum/", timeout=30).json()["dangers"]
        unclaimed = {"acil bildirim çalıyor" for each in rings if not each["holder"]}
        return {name for name, _ in terms} | unclaimed

    def post(self, page: str, form: dict[str, Any]) -> int:
        """As a form of that page is sent."""
        address = f"{self._line.url}{page}"
        token = re.search(
            r'name="csrfmiddlewaretoken" value="([^"]+)"', self._session.get(address, timeout=30).text
        )
        assert token
        return self._session.post(
            address, form | {"csrfmiddlewaretoken": token[1]}, headers={"Referer": address}, timeout=30
        ).status_code


class Watch:
    """Looks at every place; `first` holds when each differed from the healthy state, and in what."""

    def __init__(self, installation: Installation, tower: Watchtower) -> None:
        self.installation, self.tower = installation, tower
        self.dashboard = Dashboard(installation.line)
        self.began: float | None = None
        self.doctor_took: list[float] = []
        self.healthy: dict[str, set[str]] = {}
        self.first: dict[str, tuple[float, str]] = {}
        self.alarms: dict[str, dict[str, float]] = {}
        self.now: dict[str, set[str]] = {}
        looks = {"readyz": (self._health, 2.0), "doctor": (self._doctor, 30.0), "panel": (self._panel, 10.0)}
        self._looking = [
            Repeated(partial(self._look, name, look), every) for name, (look, every) in looks.items()
        ]
        self._looking.append(Repeated(self._alarms, 3.0))

    def begin(self) -> None:
        self.healthy, self.began = dict(self.now), time.monotonic()

    def seconds(self) -> float:
        return round(time.monotonic() - (self.began or 0.0), 1)

    def look_also(self, name: str, look: Callable[[], set[str]]) -> None:
        """At one place more, every second."""
        self._looking.append(Repeated(partial(self._look, name, look), 1.0))

    def _look(self, name: str, look: Callable[[], set[str]]) -> None:
        asked = self.seconds()
        found = {each for each in look() if not BUSY.fullmatch(each)}
        self.now[name] = found
        new = found - self.healthy.get(name, set())
        if self.began and new and asked > 0 and name not in self.first:
            self.first[name] = (self.seconds(), "; ".join(sorted(new)))

    def _health(self) -> set[str]:
        url, found = self.installation.line.url, set()
        for path in ("healthz", "readyz"):
            try:
                answer = requests.get(f"{url}/{path}", timeout=10)
            except requests.RequestException as error:
                found.add(f"{path}: {type(error).__name__}")
                continue
            if answer.status_code != 200:
                found.add(f"{path}: HTTP {answer.status_code}")
            if path == "readyz":
                checks = (
                    answer.json().get("checks", {})
                    if "json" in answer.headers.get("Content-Type", "")
                    else {}
                )
                found |= {f"{name}: {text}" for name, text in checks.items() if text != "ok"}
        return found

    def _doctor(self) -> set[str]:
        began = time.monotonic()
        said = self.installation.manage("doctor").stdout
        self.doctor_took.append(time.monotonic() - began)
        marked = {line.strip() for line in said.splitlines() if line.strip().startswith(("✗", "!"))}
        return {re.sub(r"\d+", "N", line) for line in marked}

    def _panel(self) -> set[str]:
        return self.dashboard.bad()

    def _alarms(self) -> None:
        held = self.tower.alarms()
        self.now["alarms"] = {f"{name}: {state}" for name, state in held.items()}
        if not self.began:
            return
        for name, state in held.items():
            if f"{name}: firing" not in self.healthy.get("alarms", set()):
                self.alarms.setdefault(name, {}).setdefault(state, self.seconds())
        for name, times in self.alarms.items():
            if name not in held and "firing" in times:
                times["ended"] = times.get("ended", self.seconds())
            elif name in held:
                times.pop("ended", None)

    def firing(self) -> set[str]:
        return {each.partition(":")[0] for each in self.now.get("alarms", ()) if each.endswith("firing")}

    def stop(self) -> None:
        for each in self._looking:
            each.stop()

    def mails(self) -> list[tuple[float, str]]:
        began = self.began or 0.0
        return [
            (round(mail.at - began, 1), mail.subject) for mail in self.tower.mail.mails if mail.at > began
        ]


@dataclasses.dataclass
class Trial:
    """What a fault may lay hands on."""

    installation: Installation
    citizens: Citizens
    watch: Watch
    folder: Path
    notes: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Fault:
    """`cause` it, wait for the alarms it is to ring, at least `lasts` and at most `patience` seconds, then `cure` it.

    `already` are the seconds that the fault had lasted by its rows when it was caused. `title` and `done` (the cure as
    it was carried out) are for the guide, in Turkish; with `photos` each report has one.
    """

    name: str
    title: str
    done: str
    cause: Callable[[Trial], None]
    cure: Callable[[Trial], None]
    rings: tuple[str, ...]
    lasts: float = 0.0
    already: float = 0.0
    patience: float = 600.0
    variables: dict[str, str] = dataclasses.field(default_factory=dict)
    prepare: Callable[[Path], None] = lambda _: None
    ready: Callable[[Installation], None] = lambda _: None
    over: Callable[[Path], None] = lambda _: None
    photos: bool = False


BACKED_UP = """INSERT INTO melikgazi_backuprun (kind, ended_at, succeeded, detail)
VALUES ('backup', now(), true, 'deneme'), ('verification', now(), true, 'deneme')"""


def run(fault: Fault, folder: Path) -> dict[str, Any]:
    """RuntimeError where it could not begin from a healthy state."""
    installation = Installation(folder / "line", fault.variables, fault.prepare)
    try:
        installation.sql(BACKED_UP)
        fault.ready(installation)
        with _watched(installation, folder) as watch:
            citizens = Citizens(installation.emulator, photos=fault.photos)
            try:
                return _tried(fault, Trial(installation, citizens, watch, folder))
            finally:
                citizens.stop()
    finally:
        installation.stop()
        fault.over(folder)


@contextlib.contextmanager
def _watched(installation: Installation, folder: Path) -> Iterator[Watch]:
    tower = Watchtower(folder / "tower", installation.line.port)
    try:
        watch = Watch(installation, tower)
        try:
            yield watch
        finally:
            watch.stop()
    finally:
        tower.stop()


def _tried(fault: Fault, trial: Trial) -> dict[str, Any]:
    watch, citizens = trial.watch, trial.citizens
    if not _wait(lambda: _is_healthy(trial), HEALTHY_WITHIN):
        raise RuntimeError(f"not healthy: {watch.now}")
    sound = len(citizens.reports)
    load, when = os.getloadavg()[0], datetime.now(UTC)
    watch.begin()
    fault.cause(trial)
    rang = _wait(lambda: set(fault.rings) <= watch.firing() and watch.mails(), fault.patience)
    _wait(lambda: watch.seconds() >= fault.lasts, fault.lasts)
    _wait(lambda: False, AFTER_ALARM)
    cured = watch.seconds()
    _say(fault, f"cure after {cured} s; alarms {watch.alarms}; first {watch.first}")
    fault.cure(trial)
    healed = _wait(lambda: _is_well(trial), HEALED_WITHIN)
    healed_at = watch.seconds()
    citizens.stop()
    _wait(lambda: not citizens.unanswered() and not _rows(trial)["files_missing"], 300)
    ended = _wait(lambda: not _new_alarms(watch), HEALED_WITHIN)
    ended_at = watch.seconds()
    return {
        "name": fault.name, "title": fault.title, "done": fault.done, "at": when.isoformat(timespec="seconds"),
        "load_before": round(load, 1), "load_after": round(os.getloadavg()[0], 1), "before_fault": sound,
        "first": {place: {"after_s": at, "what": what} for place, (at, what) in watch.first.items()},
        "alarms": watch.alarms, "expected": fault.rings, "rang": bool(rang), "mails": watch.mails(),
        "cured_at_s": cured, "healed": healed, "healed_after_s": round(healed_at - cured, 1),
        "ended": ended, "ended_after_s": round(ended_at - cured, 1), "left": sorted(_new_alarms(watch)),
        "left_places": {place: sorted(found - watch.healthy.get(place, set())) for place, found in watch.now.items()},
        "doctor_took_s": [round(figure(watch.doctor_took), 1) for figure in (statistics.median, max)],
        "messages": citizens.told() | _rows(trial), "notes": trial.notes,
    }  # fmt: skip


def _is_healthy(trial: Trial) -> bool:
    watch = trial.watch
    places = {"readyz", "doctor", "panel", "alarms"} <= watch.now.keys()
    still = not _new_alarms(watch) and not watch.now.get("readyz")
    return bool(places and still and watch.tower.reads() and len(trial.citizens.reports) >= 5)


def _is_well(trial: Trial) -> bool:
    """As healthy as before, and who wrote until half a minute ago is answered."""
    watch = trial.watch
    return (
        watch.now["readyz"] <= watch.healthy["readyz"]
        and watch.now["panel"] <= watch.healthy["panel"]
        and watch.now["doctor"] <= watch.healthy["doctor"]
        and trial.citizens.unanswered() <= 30 / SOMEBODY_WRITES_EVERY
    )


def _new_alarms(watch: Watch) -> set[str]:
    """What rings and did not before; what is pending may be the machine's."""
    return {f"{name}: firing" for name in watch.firing() - {BUSY_ALARM}}


def _rows(trial: Trial) -> dict[str, int]:
    """`lost` reports have no ticket of their own, `doubled` have more than one; `files_missing` are not stored."""
    count = trial.installation.line.count
    theirs = "tickets_citizen c JOIN tickets_ticket t ON t.citizen_id = c.id WHERE c.phone LIKE '+90535%'"
    people = int(trial.installation.line.rows(f"SELECT count(DISTINCT c.id) FROM {theirs}")[0][0])  # noqa: S608
    files = count("whatsapp_media WHERE state IN ('waiting', 'lost')")
    return {
        "lost": len(trial.citizens.reports) - people,
        "doubled": count(theirs) - people,
        "files_missing": files,
    }


def _wait(what: Callable[[], Any], seconds: float) -> bool:
    """Whether it came true in time; what cannot be asked now is not true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            if what():
                return True
        time.sleep(1.0)
    return False


def _say(fault: Fault, text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {fault.name}: {text}", flush=True)


def main() -> int:
    from bench.alarm_faults import FAULTS

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # everything that was started ends, too
    name, folder = sys.argv[1], Path(sys.argv[2])
    found = run(next(fault for fault in FAULTS if fault.name == name), folder)
    (folder / "result.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
