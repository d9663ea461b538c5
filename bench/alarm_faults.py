"""The faults of `bin/bench alarms`: how each is caused, and the cure that the alarm and the guide of operation name."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from typing_extensions import override

from bench.alarm_trial import REPORT, WEB, WORKERS, Fault, Installation, Trial
from tests.chaos.instance import ROOT, wait_for
from tooling import clock, processes
from tooling.processes import Program
from whatsapp.emulator.client import ControlClient

TEN_MINUTES = 600.0
# Of this trial alone: by how much the clock is moved, read every second, and the library that moves it.
CLOCK = Path(tempfile.gettempdir()) / f"alarms-clock-{os.getpid()}"
POISON = "zehirli"
DANGER = "Alpaslan mahallesinde apartmanda yangın çıktı, içeride insan var"


def _meta(kind: str, **options: object) -> Callable[[Trial], None]:
    return lambda trial: trial.installation.emulator.set_fault(kind, None, **options)


def _meta_is_well(trial: Trial) -> None:
    trial.installation.emulator.clear_faults()


def _new_token(trial: Trial) -> None:
    _meta_is_well(trial)
    trial.installation.restart(WEB, WORKERS)
    wait_for(trial.installation.line.is_ready, 120)
    trial.notes.append(trial.installation.manage("whatsapp_doctor").stdout[-600:])


def _kill_workers(trial: Trial) -> None:
    """bin/run, which would start them again, is held: like a unit that was stopped."""
    _hold_supervisor(trial, signal.SIGSTOP)
    for pid in trial.installation.line.processes(WORKERS):
        os.kill(pid, signal.SIGKILL)


def _hold_supervisor(trial: Trial, number: signal.Signals) -> None:
    os.kill(trial.installation.line.process.pid, number)


def _start_workers(trial: Trial) -> None:
    _hold_supervisor(trial, signal.SIGCONT)


def _stop_one_worker(trial: Trial) -> None:
    named = {
        Path(f"/proc/{pid}/comm").read_text().strip(): pid
        for pid in trial.installation.line.processes(WORKERS)
    }
    name = next(name for name in named if name.startswith("inbox"))
    trial.notes.append(f"{name} of {sorted(named)}")
    os.kill(named[name], signal.SIGSTOP)


def _restart_workers(trial: Trial) -> None:
    trial.installation.restart(WORKERS)


def _start_database(trial: Trial) -> None:
    if trial.installation.database.is_dead():
        trial.installation.database.start()


def _read_only(trial: Trial, *, on: bool) -> None:
    trial.installation.line.connect()
    with trial.installation.line.connect() as connection:
        connection.autocommit = True
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = 'on'" if on
                           else "ALTER SYSTEM RESET default_transaction_read_only")  # fmt: skip
        connection.execute("SELECT pg_reload_conf()")


def _disk(folder: Path, gigabytes: int) -> None:
    """A disk of its own, mounted on the folder with what lay there; root alone."""
    image, aside = folder.with_name(f"{folder.name}.img"), folder.with_name(f"{folder.name}.aside")
    subprocess.run(["truncate", "-s", f"{gigabytes}G", str(image)], check=True)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    if folder.exists():
        folder.rename(aside)
    folder.mkdir(mode=0o700)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    (folder / "lost+found").rmdir()
    if aside.exists():
        subprocess.run(["cp", "-a", f"{aside}/.", str(folder)], check=True)
    folder.chmod(0o700)


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], check=False)


def _fill(folder: Path) -> None:
    free = os.statvfs(folder)
    subprocess.run(["fallocate", "-l", str(free.f_bavail * free.f_frsize), str(folder / "full")], check=False)
    with (folder / "full").open("ab", buffering=0) as rest, contextlib.suppress(OSError):
        while True:
            rest.write(b"\0" * 4096)


def _make_room(trial: Trial, folder: Path) -> None:
    (folder / "full").unlink()
    _start_database(trial)
    trial.installation.restart(WEB, WORKERS)


def _week_of_webhooks(installation: Installation) -> None:
    """What came at this hour of the last seven days."""
    installation.sql(
        """INSERT INTO whatsapp_inbounddelivery (body, received_at, state, attempts, updates, created,
            duplicates, names, error, request_id)
        SELECT '\\x7b7d', now() - d * interval '1 day' - m * interval '2 minutes', 'done', 1, 1, 1, 0, '{}', '', ''
        FROM generate_series(1, 7) d, generate_series(0, 40) m"""
    )


def _no_webhook(trial: Trial) -> None:
    """Nothing comes any more, and the last that came is moved 55 minutes back."""
    trial.installation.emulator.set_fault("hold")
    time.sleep(20)  # what was under way has come
    trial.installation.sql(
        "UPDATE whatsapp_inbounddelivery SET received_at = received_at - interval '55 minutes'"
        " WHERE received_at > now() - interval '1 hour'"
    )


def _release(trial: Trial) -> None:
    trial.installation.emulator.clear_faults()
    trial.installation.emulator.release()


def _other_secret(trial: Trial) -> None:
    """Meta signs with another secret: the emulator is exchanged for one that has it; bin/run, held, starts none."""
    _own_emulator(trial.installation, trial.folder, WHATSAPP_APP_SECRET="f" * 32)


def _own_emulator(installation: Installation, folder: Path, **variables: str) -> None:
    line = installation.line
    os.kill(line.process.pid, signal.SIGSTOP)
    [old] = installation.first_processes("whatsapp.emulator")
    command = tuple(Path(f"/proc/{old}/cmdline").read_text().rstrip("\0").split("\0"))
    os.kill(old, signal.SIGKILL)
    clean = dict.fromkeys(("LD_PRELOAD", "FAKETIME_TIMESTAMP_FILE"), "")
    program = Program(
        name="emulator", command=command, log=folder / "emulator.log",
        environment={**line.variables, "PYTHONPATH": str(ROOT)} | clean | variables,
    )  # fmt: skip
    OWN.append(processes.start(program))
    wait_for(lambda: _reaches(installation.emulator), 60)


OWN: list["subprocess.Popen[bytes]"] = []


def _reaches(emulator: ControlClient) -> bool:
    try:
        return bool(emulator.outbound())
    except ConnectionError:
        return False


def _right_secret(trial: Trial) -> None:
    OWN.pop().kill()
    os.kill(trial.installation.line.process.pid, signal.SIGCONT)
    wait_for(lambda: _reaches(trial.installation.emulator), 60)


def _move_clock(_trial: Trial, by: str) -> None:
    _set_clock(by)


def _set_clock(by: str) -> None:
    """In one step: a file that is being written would be no clock at all for a moment."""
    (CLOCK / "next").write_text(f"{by}\n")
    (CLOCK / "next").replace(CLOCK / "by")


def _clocked() -> dict[str, str]:
    """The environment that moves a clock while it runs, as tooling.clock moves one that stays."""
    return clock.environment(CLOCK) | {
        "FAKETIME_TIMESTAMP_FILE": str(CLOCK / "by"),
        "FAKETIME_CACHE_DURATION": "1",
    }


def _movable_clock(_data: Path) -> None:
    found = clock.library()
    assert found, clock.MISSING
    CLOCK.mkdir()
    _set_clock("+0")
    # Here the offset is read more than once, by many threads: the variant with locks.
    clock.preload(found.with_name("libfaketimeMT.so.1"), CLOCK)


def _backup_old_and_broken(trial: Trial) -> None:
    file = trial.folder / "2026-01-01-003000.tar.gz"
    assert trial.installation.manage("backup", str(file)).returncode == 0
    with file.open("r+b") as archive:
        archive.truncate(file.stat().st_size // 2)
    tried = trial.installation.manage("verify_backup", str(file))
    trial.notes.append(f"verify_backup: {tried.returncode} {tried.stderr[-300:]}")
    trial.installation.sql(
        "UPDATE melikgazi_backuprun SET ended_at = ended_at - interval '3 days' WHERE succeeded"
    )


def _back_up(trial: Trial) -> None:
    done = trial.installation.manage("backup", str(trial.folder / "new.tar.gz"), "--verify", seconds=300)
    trial.notes.append(f"backup --verify: {done.returncode} {done.stdout[-200:]}{done.stderr[-200:]}")


class _Gateway(BaseHTTPRequestHandler):
    """Takes every call; nobody answers the telephone."""

    rung = Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.rung.set()
        self.send_response(204)
        self.end_headers()

    @override
    def log_message(self, *_: object) -> None:
        return


def _gateway() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Gateway)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def _telephones(installation: Installation) -> None:
    """Give every account a telephone number, so that the danger rings."""
    installation.sql(
        """INSERT INTO tickets_notificationpreference (user_id, phone, by_mail, by_message)
        SELECT id, '+90532' || lpad(id::text, 7, '0'), '{}', '{}' FROM auth_user
        ON CONFLICT (user_id) DO UPDATE SET phone = excluded.phone"""
    )


def _danger(trial: Trial) -> None:
    trial.watch.look_also("phone", lambda: {"çaldı"} if _Gateway.rung.is_set() else set())
    person = trial.installation.emulator.add_person("Tehlikede", phone="905369999999")["id"]
    trial.installation.emulator.say(person, "text", text=DANGER)


def _claim(trial: Trial) -> None:
    """As the panel does."""
    code = (
        "from django.contrib.auth.models import User; from django.utils import timezone;"
        "from tickets.danger.services import acknowledge; from tickets.models import Ticket;"
        "from tickets.record.permissions import actor_of;"
        "t = Ticket.objects.exclude(danger='').order_by('id').last();"
        "claim(ticket=t, actor=actor_of(User.objects.get(username='operator')), now=timezone.now())"
    )
    done = trial.installation.manage("shell", "-c", code)
    trial.notes.append(f"claim: {done.returncode} {done.stderr[-300:]}")


def _poison(trial: Trial) -> None:
    """One report makes its turn fail; whatever the reason is, here it is the database's refusal."""
    trial.installation.sql(
        f"""CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.description LIKE '%{POISON}%' THEN RAISE EXCEPTION 'poison' USING ERRCODE = '22000'; END IF;
            RETURN NEW; END $$"""
    )
    trial.installation.sql(
        "CREATE TRIGGER poison BEFORE INSERT ON tickets_ticket FOR EACH ROW EXECUTE FUNCTION poison()"
    )
    trial.citizens.words_of_next = f"{POISON} {REPORT.format(7)}"
    trial.citizens.write()


def _try_again(trial: Trial) -> None:
    trial.installation.sql("DROP TRIGGER poison ON tickets_ticket")
    keys = [
        str(pk)
        for (pk,) in trial.installation.line.rows("SELECT id FROM whatsapp_message WHERE state = 'parked'")
    ]
    form = {"action": "try_again", "_selected_action": keys}
    trial.notes.append(f"{len(keys)} parked; {trial.watch.dashboard.post('/admin/whatsapp/message/', form)}")


FAULTS = (
    Fault(
        "backup", "Üç gündür yedek yok, son dosya bozuk", "`backup --verify` (melikgazi-backup-verification)",
        _backup_old_and_broken, _back_up, ("YedekEskidi",), patience=2700,
    ),
    Fault(
        "meta-429", "Meta on dakika 429 (130429) veriyor", "beklemek", _meta("error", code=130429), _meta_is_well,
        ("CevaplarBekliyor",), lasts=TEN_MINUTES,
    ),
    Fault(
        "meta-500", "Meta on dakika 500 veriyor", "beklemek", _meta("http_500"), _meta_is_well,
        ("CevaplarBekliyor",), lasts=TEN_MINUTES,
    ),
    Fault(
        "meta-hangs", "Meta mesajı alıyor, yanıtı 60 saniye sonra geliyor (on dakika)", "beklemek",
        _meta("slow_answer", seconds=60.0), _meta_is_well, (), lasts=TEN_MINUTES,  # nothing waits, so nothing rings
    ),
    Fault(
        "meta-401", "Meta 401 veriyor (kod 190: anahtar öldü)", "yeni anahtar, `melikgazi.target` yeniden",
        _meta("dead_token"), _new_token, ("KanalDurdu",),
    ),
    Fault(
        "valkey-gone", "Valkey beş dakika yok", "`systemctl restart valkey-server`",
        lambda trial: trial.installation.broker.stop(), lambda trial: trial.installation.broker.start(),
        ("AraciDurdu",), lasts=300,
    ),
    Fault(
        "workers-dead", "Bütün işçiler öldü", "`systemctl restart melikgazi-workers`", _kill_workers, _start_workers,
        ("IsciSustu",),
    ),
    Fault(
        "worker-stopped", "Bir işçi dondu (SIGSTOP)", "beklemek: hat donanı kendisi değiştirir", _stop_one_worker,
        lambda _: None, (), lasts=75, patience=1,
    ),
    Fault(
        "postgres-gone", "PostgreSQL yok", "`systemctl start postgresql`",
        lambda trial: trial.installation.database.stop(), _start_database, ("HatOlculemiyor",), lasts=120,
    ),
    Fault(
        "postgres-read-only", "PostgreSQL salt okunur", "yazılır yapmak", partial(_read_only, on=True),
        partial(_read_only, on=False), ("WebhookKaydedemiyor",),
    ),
    Fault(
        "postgres-disk-full", "PostgreSQL’in diski dolu",
        "yer açmak, `systemctl start postgresql`, `melikgazi.target` yeniden",
        lambda trial: _fill(trial.installation.data / "postgres"),
        lambda trial: _make_room(trial, trial.installation.data / "postgres"), ("WebhookKaydedemiyor",),
        prepare=lambda data: _disk(data / "postgres", 3), over=lambda folder: _unmount(folder / "line/postgres"),
    ),
    Fault(
        "media-disk-full", "Dosyaların diski dolu", "yer açmak", lambda trial: _fill(trial.installation.data / "media"),
        lambda trial: (trial.installation.data / "media/full").unlink(), ("DiskDoldu",),
        prepare=lambda data: _disk(data / "media", 4), over=lambda folder: _unmount(folder / "line/media"), photos=True,
    ),
    Fault(
        "danger-unclaimed", "Tehlike çaldı, telefonu kimse açmıyor", "panelden üstlenmek", _danger, _claim,
        ("TehlikeUstlenilmedi",), variables={"RING_URL": _gateway(), "RING_SECRET": "0123456789abcdef"},
        ready=_telephones,
    ),
    Fault(
        "poison", "İşlenemeyen (zehirli) mesaj", "nedeni giderip “Yeniden dene”", _poison, _try_again,
        ("KenaraAyrilanVar",),
    ),
    Fault(
        "wrong-secret", "Uygulama gizli anahtarı yanlış", "`WHATSAPP_APP_SECRET`, `melikgazi.target` yeniden",
        _other_secret, _right_secret, ("ImzaTutmuyor",),
    ),
    Fault(
        "no-webhook", "Bir saattir webhook yok (son gelenler 55 dakika geri alınarak)",
        "Meta’daki aboneliği düzeltmek", _no_webhook, _release,
        ("GelenKesildi",), patience=900,
        already=3300.0,
        ready=_week_of_webhooks,
    ),
    Fault(
        "clock-jumps", "Saat on dakika sıçradı", "`timedatectl set-ntp true`", partial(_move_clock, by="+600"),
        partial(_move_clock, by="+0"), ("SaatYanlis",), variables=_clocked(),
        prepare=_movable_clock,
        over=lambda _: shutil.rmtree(CLOCK, ignore_errors=True),
        ready=lambda installation: _own_emulator(installation, installation.data.parent),
    ),
)  # fmt: skip
