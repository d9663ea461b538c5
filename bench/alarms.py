"""Whether the alarms of deploy/alerts.yml do what they say: each fault is caused in an installation of its own, under
Debian's Prometheus and Alertmanager, and cured as the alarm's text says (alarm_trial.py, alarm_faults.py).

Takes about 75 minutes, three faults at a time; `--only NAME` tries one. Needs root (disks of their own) and
`apt-get install prometheus prometheus-alertmanager faketime`. Each trial leaves bench/results/alarms/NAME.json, and all
that are there make the table in docs/isletme.md. What is in no file was not tried.
"""

import contextlib
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.alarm_faults import FAULTS
from bench.alarm_trial import BUSY, BUSY_ALARM, Fault
from bench.alarm_watch import PROGRAMS
from tooling.bootstrap import ROOT
from tooling.clock import ISTANBUL

AT_ONCE = 3
LONGEST = 5400.0  # seconds of one trial
RESULTS = ROOT / "bench/results/alarms"
GUIDE = ROOT / "docs/isletme.md"
BEGIN, END = "<!-- bin/bench alarms -->", "<!-- /bin/bench alarms -->"
HEAD = (
    "| arıza | saat; yük | ilk belirti | alarm, e-posta | alarm yoksa | yapılan | düzeldi; bitti | kayıp, çift, geç |",
    "|---|---|---|---|---|---|---|---|",
)
PLACES = {"readyz": "`/readyz`", "doctor": "`doctor`", "panel": "panel", "phone": "nöbetçinin telefonu"}


def run(directory: Path, *, only: str = "") -> dict[str, object]:
    """The figures of what was tried, and the guide's table anew. RuntimeError where programs are missing."""
    wanted = [fault.name for fault in FAULTS if only in ("", fault.name)]
    if not wanted:
        raise RuntimeError(f"no such fault: {only}; there are {', '.join(fault.name for fault in FAULTS)}")
    for program in PROGRAMS:
        subprocess.run(
            [program, "--version"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    RESULTS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failed = [each for each in pool.map(lambda name: _try(name, directory / name), wanted) if each]
    write_guide()
    rows = [found for fault in FAULTS if fault.name in wanted and (found := _result(fault.name))]
    return {"tried": len(wanted) - len(failed), "failed": failed, "rows": [_figures(row) for row in rows]}


_starting = threading.Lock()


def _try(name: str, folder: Path) -> str:
    """Empty, or which trial could not be carried through."""
    folder.mkdir(parents=True)
    (RESULTS / f"{name}.json").unlink(missing_ok=True)
    with (folder / "trial.log").open("wb") as log:
        command = [sys.executable, "-m", "bench.alarm_trial", name, str(folder)]
        with _starting:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LONGEST)
        process.terminate()
    if process.wait(60) != 0:
        return f"{name}: {(folder / 'trial.log').read_text(errors='replace')[-500:]}"
    (RESULTS / f"{name}.json").write_text((folder / "result.json").read_text().replace(f"{folder}/", ""))
    return ""


def _result(name: str) -> dict[str, Any] | None:
    file = RESULTS / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def _figures(row: dict[str, Any]) -> dict[str, object]:
    return {"": row["name"], **_first(row), "alarms": row["alarms"], **row["messages"]}


def _first(row: dict[str, Any]) -> dict[str, float]:
    return {place: each["after_s"] for place, each in row["first"].items()}


def write_guide() -> None:
    """Puts the table of all results between the marks of the guide of operation."""
    before, _, rest = GUIDE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    GUIDE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}")


def table() -> str:
    """A row for each fault that was tried, in Markdown."""
    return "\n".join((*HEAD, *(_row(fault, found) for fault in FAULTS if (found := _result(fault.name)))))


def _row(fault: Fault, found: dict[str, Any]) -> str:
    told = found["messages"]
    ended = f"{found['ended_after_s']:.0f} sn" if found["ended"] else "bitmedi"
    cells = (
        fault.title,
        _when(found),
        _places(fault, found),
        _alarms(fault, found),
        _unheard(found),
        fault.done,
        f"{found['healed_after_s']:.0f} sn; {ended}" if found["healed"] else "düzelmedi",
        f"{told['sent']}: {told['lost']}, {told['answered_twice']}, {told['late']} (en geç {told['slowest_s']} sn)",
    )
    return f"| {' | '.join(cells)} |"


def _when(found: dict[str, Any]) -> str:
    """Return when it was caused, and how many processes ran or waited for the two cores then."""
    at = datetime.fromisoformat(found["at"]).astimezone(ISTANBUL)
    return f"{at:%H.%M}; {found['load_before']:.0f}"


def _places(fault: Fault, found: dict[str, Any]) -> str:
    signs = [(each["after_s"], PLACES[place]) for place, each in _signs(found).items()]
    pending = [
        times["pending"]
        for name, times in found["alarms"].items()
        if "pending" in times and "firing" in times and name != BUSY_ALARM
    ]
    signs += [(min(pending), "ölçüler")] if pending else []
    return ", ".join(f"{place} {_seconds(fault, at)}" for at, place in sorted(signs)) or "yok"


def _signs(found: dict[str, Any]) -> dict[str, Any]:
    """Where it was seen, without what the machine's other work did."""
    return {place: each for place, each in found["first"].items() if not BUSY.fullmatch(each["what"])}


def _alarms(fault: Fault, found: dict[str, Any]) -> str:
    rang = sorted(
        (times["firing"], name)
        for name, times in found["alarms"].items()
        if "firing" in times and name != BUSY_ALARM
    )
    mails = [at for at, subject in found["mails"] if BUSY_ALARM not in subject]
    mail = f"; e-posta {_seconds(fault, mails[0])}" if mails else ""
    return ", ".join(f"`{name}` {_seconds(fault, at)}" for at, name in rang) + mail or "yok"


def _seconds(fault: Fault, at: float) -> str:
    return f"{at + fault.already:.0f} sn"


def _unheard(found: dict[str, Any]) -> str:
    """Return who sees the fault when no alarm is configured: a user of a page, or nobody."""
    words = {"phone": "nöbetçi (telefon)", "panel": "panele bakan", "doctor": "`doctor` diyen"}
    return ", ".join(word for place, word in words.items() if place in _signs(found)) or "kimse"
