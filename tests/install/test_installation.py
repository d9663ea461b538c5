"""The guide, done on a bare Debian: each step is read from it, and what it leaves is looked at from outside."""

import os
import re
import time

import pyrage
import pytest

from tests.deploy.deployment import ROOT
from tests.install import guide
from tests.install.answers import NAME, PASSWORD
from tests.install.conftest import CADDYS_AUTHORITY, NEXT_VERSION, Administrator, Citizen, meta_beside
from tests.install.guide import Step
from tests.timeouts import PATIENCE
from tests.tooling.trial import eventually

pytestmark = pytest.mark.install
UNITS = tuple(sorted(path.name for path in (ROOT / "deploy/systemd").glob("melikgazi*.*") if path.is_file()))
SERVICES = tuple(unit for unit in UNITS if unit.endswith(".service"))
MOST_EXPOSED = 2.0
MOST_MINUTES = 15
ALONE = 1.5  # of the load of five minutes for each processor: the steps themselves keep one busy
DANGERLESS_REPORT = "Melikgazi Köşk Mahallesi Gül Sokak no 5 önünde çöpler üç gündür alınmadı"
NUMBER = re.compile(r"MG-\d{4}-\d{6}")


def each_step(stage: str) -> pytest.MarkDecorator:
    found = guide.steps(stage)
    return pytest.mark.parametrize(
        "step", found, ids=[f"{place} {step.name}" for place, step in enumerate(found, 1)]
    )


@each_step("install")
def test_a_step_of_the_installation_works(administrator: Administrator, step: Step) -> None:
    administrator.does(step)


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_written_as_systemd_wants_it(administrator: Administrator, unit: str) -> None:
    require_well_written(administrator, unit)


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_is_little_exposed(administrator: Administrator, unit: str) -> None:
    require_little_exposed(administrator, unit)


@pytest.mark.parametrize(
    "unit", ["melikgazi.target", "melikgazi-backup.timer", "caddy", "postgresql", "valkey-server"]
)
def test_it_comes_back_when_the_machine_does(administrator: Administrator, unit: str) -> None:
    assert administrator.machine.run(f"systemctl is-enabled {unit}").strip() == "enabled"


@pytest.mark.parametrize(
    "path", ["/opt/melikgazi", "/opt/melikgazi/.venv", "/etc", "/var/lib/melikgazi/static"]
)
def test_the_web_server_cannot_write_what_it_runs(administrator: Administrator, path: str) -> None:
    """Not even as root: its view of the files is read-only but for what citizens send."""
    enter = 'nsenter --mount --target "$(systemctl show --property MainPID --value melikgazi-web)"'
    assert administrator.machine.succeeds(f"{enter} touch /var/lib/melikgazi/media/.tried")
    assert not administrator.machine.succeeds(f"{enter} touch {path}/.tried")
    administrator.machine.run("rm /var/lib/melikgazi/media/.tried")


@pytest.mark.parametrize("account", ["melikgazi", "melikgazi-build"])
def test_an_account_owns_nothing_of_the_program(administrator: Administrator, account: str) -> None:
    assert administrator.machine.run(f"find /opt/melikgazi /etc /usr -user {account}") == ""


def test_nobody_but_root_reads_the_settings(administrator: Administrator) -> None:
    assert administrator.machine.run("stat --format '%a %U' /etc/melikgazi.env").strip() == "600 root"


def test_the_memory_of_a_unit_ends_where_it_says(administrator: Administrator) -> None:
    if "memory" not in administrator.machine.read("/sys/fs/cgroup/cgroup.controllers").decode().split():
        pytest.skip("this kernel hands no limit of memory to the root's control groups")
    shown = administrator.machine.run(
        "systemctl show --property ControlGroup --value melikgazi-workers"
    ).strip()
    assert (
        administrator.machine.read(f"/sys/fs/cgroup{shown}/memory.max").strip() == str(1500 * 2**20).encode()
    )


def test_the_first_administrator_gets_as_far_as_the_second_factor(administrator: Administrator) -> None:
    assert sign_in(administrator).startswith(f"https://{NAME}/admin/giris/telefon/")


def test_a_message_is_answered_through_the_proxy(administrator: Administrator, citizen: Citizen) -> None:
    answer = citizen.says(DANGERLESS_REPORT)
    assert answer, citizen.deliveries()


@each_step("nginx")
def test_a_step_of_the_way_with_nginx_works(administrator: Administrator, step: Step) -> None:
    administrator.has_a_certificate()
    administrator.does(step)


def test_a_message_is_answered_through_nginx(administrator: Administrator) -> None:
    with meta_beside(administrator, "/run/host/nginx.crt") as citizen:
        assert citizen.says("teşekkürler")


@each_step("backup")
def test_a_step_of_the_backup_works(administrator: Administrator, step: Step) -> None:
    administrator.does(step)


def test_the_backup_is_readable_with_the_identity_alone(
    administrator: Administrator, identity: pyrage.x25519.Identity
) -> None:
    archive, verified = administrator.archives()
    assert pyrage.decrypt(verified.read_bytes(), [identity])[:2] == b"\x1f\x8b"
    assert archive.stat().st_mode & 0o777 == 0o600
    assert pyrage.decrypt(archive.read_bytes(), [identity])[:2] == b"\x1f\x8b"  # gzip


def test_the_next_backup_has_its_time(administrator: Administrator) -> None:
    next_one = "systemctl show --property NextElapseUSecRealtime --value melikgazi-backup.timer"
    assert "03:30:00" in administrator.machine.run(next_one)


@each_step("restore")
def test_a_step_of_the_restore_works(successor: Administrator, step: Step) -> None:
    successor.does(step)


def test_what_the_citizen_reported_is_there_again(
    administrator: Administrator, successor: Administrator
) -> None:
    numbers = "runuser -u postgres -- psql -At melikgazi -c 'SELECT number FROM tickets_ticket ORDER BY 1'"
    before = administrator.machine.run(f"cd /; {numbers}")
    assert NUMBER.search(before)
    assert successor.machine.run(f"cd /; {numbers}") == before


def test_the_successor_answers(successor: Administrator) -> None:
    with meta_beside(successor, CADDYS_AUTHORITY) as citizen:
        assert citizen.says("merhaba")


def test_the_time_that_all_of_it_takes_is_short(administrator: Administrator) -> None:
    """Where nobody else works on the machine: on a busy one it says what it took, and how busy that was."""
    took, load = time.monotonic() - administrator.began, os.getloadavg()[1]
    if took >= MOST_MINUTES * 60 and load > ALONE * (os.cpu_count() or 1):
        pytest.skip(f"it took {took / 60:.0f} minutes on a machine with a load of {load:.0f}")
    assert took < MOST_MINUTES * 60


@each_step("upgrade")
def test_a_step_of_the_upgrade_works_while_every_request_is_answered(
    successor: Administrator, step: Step
) -> None:
    successor.publishes_the_next_version()
    with successor.knocking() as answers:
        successor.does(step)
    assert set(answers()) == {"200"}


def test_the_new_version_runs(successor: Administrator) -> None:
    assert successor.machine.run("curl --silent --fail http://127.0.0.1:8000/healthz") == NEXT_VERSION


def test_the_new_version_answers(successor: Administrator) -> None:
    with meta_beside(successor, CADDYS_AUTHORITY) as citizen:
        assert citizen.says("merhaba")


def test_a_restart_refuses_nobody(successor: Administrator) -> None:
    with successor.knocking() as answers:
        successor.machine.run("systemctl restart melikgazi.target")
    assert set(answers()) == {"200"}


@each_step("back")
def test_a_step_of_the_way_back_works_while_every_request_is_answered(
    successor: Administrator, step: Step
) -> None:
    with successor.knocking() as answers:
        successor.does(step)
    assert set(answers()) == {"200"}


def test_the_version_before_runs_again(successor: Administrator) -> None:
    assert successor.machine.run("curl --silent --fail http://127.0.0.1:8000/healthz") == "ok"


def test_a_version_that_does_not_start_is_not_put_in_place(successor: Administrator) -> None:
    successor.publishes_a_broken_version()
    with successor.knocking() as answers:
        assert not successor.machine.succeeds("melikgazi-upgrade main")
    assert set(answers()) == {"200"}
    assert successor.machine.run("curl --silent --fail http://127.0.0.1:8000/healthz") == "ok"


@each_step("remove")
def test_a_step_of_the_removal_works(successor: Administrator, step: Step) -> None:
    successor.does(step)


def test_nothing_of_it_is_left_but_its_backups(successor: Administrator) -> None:
    left = "find / -xdev -iname '*melikgazi*' -not -path '/run/*' -not -path '/proc/*' -not -path '/var/l*/caddy/*'"
    assert set(successor.machine.run(f"{left} -o -xdev -nouser").split()) <= {"/var/backups/melikgazi"}
    assert successor.machine.run("getent passwd | grep melikgazi || true") == ""
    assert successor.machine.run("systemctl list-units --all --plain --no-legend 'melikgazi*'") == ""


# --- back to a second, on the first machine ----------------------------------------------------------------------
@each_step("pitr")
def test_a_step_of_the_backup_by_the_second_works(administrator: Administrator, step: Step) -> None:
    administrator.machine.run("systemctl start melikgazi.target")
    administrator.does(step)


def test_the_units_of_that_backup_are_well_written_and_little_exposed(administrator: Administrator) -> None:
    services = ("pgbackrest-cozum@full.service", "pgbackrest-cozum-verification.service")
    timers = [path.name for path in (ROOT / "deploy/pgbackrest").glob("*.timer")]
    for unit in (*services, *timers):
        require_well_written(administrator, unit)
    for unit in services:
        require_little_exposed(administrator, unit)


def test_a_backup_by_the_second_that_does_not_come_back_is_told(administrator: Administrator) -> None:
    machine = administrator.machine
    verify = "systemctl start pgbackrest-cozum-verification.service"
    machine.run("mv /var/backups/pgbackrest/backup/melikgazi/*F /var/backups/pgbackrest/")
    assert not machine.succeeds(verify)
    assert "OLMADI. Yedek geri yüklenemedi" in machine.run("melikgazi-manage backup_status")
    machine.run("mv /var/backups/pgbackrest/*F /var/backups/pgbackrest/backup/melikgazi/")
    machine.run(verify)
    assert "OLMADI" not in machine.run("melikgazi-manage backup_status")
    assert not machine.succeeds("ls /var/lib/postgresql/17/verification")


def test_after_a_lost_disk_all_of_before_the_chosen_second_is_there_and_nobody_is_answered_twice(
    administrator: Administrator, identity: pyrage.x25519.Identity
) -> None:
    machine = administrator.machine
    (machine.handed / "kimlik").write_text(str(identity))
    with meta_beside(administrator, "/run/host/nginx.crt") as citizen:
        assert citizen.says(DANGERLESS_REPORT, photo=True)
        assert eventually(lambda: files_of(administrator), PATIENCE)
        files = files_of(administrator)  # what is made of a photo later is copied five minutes later
        machine.run("systemctl start melikgazi-media-copy.service")
        kept = rows_of(administrator)
        second = machine.run("cd /; runuser -u postgres -- psql -At -c 'SELECT now()'").strip()
        assert citizen.says("teşekkürler")
        machine.run("cd /; runuser -u postgres -- psql -At -c 'SELECT pg_switch_wal()'")
        machine.run("cd /; runuser -u postgres -- pgbackrest --stanza=melikgazi check")
        machine.run(
            "systemctl stop melikgazi.target melikgazi-web melikgazi-workers; systemctl stop postgresql"
        )
        machine.run("rm -r /var/lib/postgresql/17/main /var/lib/melikgazi/media/*")
        answered = citizen.answers()
        citizen.writes("merhaba")

        administrator.shell |= {"AN": second, "KIMLIK": "/run/host/kimlik"}
        for step in guide.steps("second"):
            administrator.does(step)

        assert set(kept) <= set(rows_of(administrator))
        assert files <= files_of(administrator)
        assert citizen.is_answered(beyond=len(answered))
        after = citizen.answers()
        assert after[: len(answered)] == answered
        assert len(set(after)) == len(after)


def files_of(administrator: Administrator) -> set[str]:
    """What citizens sent, and what was made of it."""
    return set(administrator.machine.run("cd /var/lib/melikgazi/media; find . -type f").split())


def require_well_written(administrator: Administrator, unit: str) -> None:
    assert administrator.machine.run(f"systemd-analyze verify --man=no {unit} 2>&1") == ""


def require_little_exposed(administrator: Administrator, unit: str) -> None:
    said = administrator.machine.run(f"systemd-analyze security --no-pager {unit}")
    found = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert found
    assert float(found[1]) <= MOST_EXPOSED


def rows_of(administrator: Administrator) -> list[str]:
    """Every ticket and message, and what was sent."""
    asked = """
        SELECT 'ticket ' || number FROM tickets_ticket UNION ALL SELECT 'message ' || wamid FROM whatsapp_message
        UNION ALL SELECT 'sent ' || wamid FROM whatsapp_outbox WHERE wamid IS NOT NULL
    """
    return administrator.machine.run(f'cd /; runuser -u postgres -- psql -At melikgazi -c "{asked}"').split(
        "\n"
    )


def sign_in(administrator: Administrator) -> str:
    """Where the sign-in page leads the first administrator."""
    script = f"""
        cd "$(mktemp -d)"
        page() {{ curl --silent --show-error --fail --cookie jar --cookie-jar jar "$@"; }}
        page https://{NAME}/admin/login/ > login
        token=$(sed -n 's/.*csrfmiddlewaretoken" value="\\([^"]*\\)".*/\\1/p' login | head -1)
        page --data-urlencode "csrfmiddlewaretoken=$token" --data-urlencode username=yonetici \\
            --data-urlencode "password={PASSWORD}" --referer https://{NAME}/admin/login/ \\
            --output /dev/null --write-out '%{{redirect_url}}' https://{NAME}/admin/login/
    """
    return administrator.machine.run(script)
