"""The Dockerfile, built by Debian's buildah on a bare Debian: no registry of images is asked.

What it calls python:3.13-slim-trixie is Debian 13 with its own Python 3.13 under that name; all else is as written.
"""

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.deploy import deployment
from tests.deploy.deployment import ROOT
from tests.install import root
from tests.install.conftest import first_machine, ways_out
from tests.install.root import Root

pytestmark = pytest.mark.install
# Images lie as plain folders: the machine's own files are an overlay, on which there can be no other.
BUILDAH = "buildah --storage-driver vfs --root /var/images --runroot /run/images"
OPTIONS = "--isolation chroot --network host"
# More than that a container may not ask for on many machines.
LIMITS = '["nofile=1024:4096", "nproc=4096:8192"]'
BASE = f"""
    apt-get update
    apt-get install --yes --no-install-recommends buildah netavark
    mkdir -p /etc/containers
    printf '[containers]\\ndefault_ulimits = {LIMITS}\\n' > /etc/containers/containers.conf
    base=$({BUILDAH} from scratch)
    {BUILDAH} add --quiet $base /run/host/base.tar /
    {BUILDAH} run {OPTIONS} $base -- sh -euc '
        apt-get update
        apt-get install --yes --no-install-recommends ca-certificates python3-venv
        ln -s python3 /usr/bin/python'
    {BUILDAH} commit --quiet --rm $base %s
"""
BUILD = f"""
    printf '[global]\\ncert = /run/authorities.pem\\n' > /run/host/pip.conf
    {BUILDAH} build --quiet --pull=never {OPTIONS} --tag %s --file %s \\
        --volume /run/host/pip.conf:/etc/pip.conf:ro --volume /run/host/authorities.pem:/run/authorities.pem:ro \\
        /run/host/source
"""
INSIDE = f"""
    image=$({BUILDAH} from --pull=never %s)
    {BUILDAH} run {OPTIONS} $image -- sh -euc "$ASKED"
    {BUILDAH} rm $image > /run/last-container
"""
NEEDED = {
    "SECRET_KEY": "only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "PUBLIC_URL": "https://hat.example",
    **{f"WHATSAPP_{name}": "0123456789abcdef" for name in ("APP_SECRET", "VERIFY_TOKEN", "ACCESS_TOKEN")},
    "WHATSAPP_PHONE_NUMBER_ID": "100200300400500",
}
FETCH = (
    "import sys; from urllib.request import Request, urlopen;"
    " print(urlopen(Request(sys.argv[1], headers={'Accept-Encoding': 'gzip'})).headers)"
)
LINE, TRIAL = "localhost/melikgazi", "localhost/melikgazi-trial"


@pytest.fixture(scope="module")
def builder() -> Iterator[Root]:
    """A machine that has built the image."""
    with first_machine("imaj") as machine:
        source = machine.handed / "source"
        source.mkdir()
        kept = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "x", "-C", str(source)], input=kept, check=True)
        # Of the trial's stage only what comes after the line's, which is built already.
        written = (ROOT / "Dockerfile").read_text()
        _, begins, trial = written.partition("\nFROM line AS trial\n")
        (machine.handed / "trial").write_text(
            f"FROM {LINE}\n{trial.rpartition('FROM line')[0]}" if begins else ""
        )
        base = ["tar", "c", "-C", str(root.CACHE / root.SUITE), "-f", str(machine.handed / "base.tar"), "."]
        subprocess.run(base, check=True)
        image, _, _ = deployment.image()[0][1].partition(" ")
        machine.run(BASE % f"docker.io/library/{image}", variables=ways_out())
        machine.run(BUILD % (LINE, "/run/host/source/Dockerfile --target line"), variables=ways_out())
        yield machine


def asked_inside(builder: Root, script: str, image: str = LINE) -> str:
    """What a shell says in a container of the image, by the image's account."""
    return builder.run(INSIDE % image, variables={"ASKED": script}).strip()


def test_the_image_runs_as_an_account_of_its_own(builder: Root) -> None:
    assert asked_inside(builder, "id -u; id -g") == "10001\n10001"


def test_its_account_reads_the_program_and_cannot_change_it(builder: Root) -> None:
    assert asked_inside(builder, "find /app /venv /srv/static ! -readable") == ""
    assert asked_inside(builder, "find /app /venv /srv/static -writable ! -type l") == ""


def test_its_account_keeps_the_citizens_files_to_itself(builder: Root) -> None:
    assert asked_inside(builder, "stat -c '%a %u' /srv/media") == "700 10001"


def test_the_pages_files_are_in_it_and_what_no_server_needs_is_not(builder: Root) -> None:
    assert asked_inside(builder, "ls /srv/static/staticfiles.json")
    assert asked_inside(builder, "cd /app; ls -d tests bench .git .env 2>/dev/null || true") == ""


def test_the_client_of_the_database_is_in_it(builder: Root) -> None:
    assert "(PostgreSQL) 17." in asked_inside(builder, "pg_dump --version")


def test_its_web_server_is_alive_without_anything_behind_it_and_serves_what_was_collected(
    builder: Root,
) -> None:
    command = " ".join(json.loads(dict(deployment.image())["CMD"]))
    settings = " ".join(f"{name}={value}" for name, value in NEEDED.items())
    asks = f"""
        export {settings}
        {command} > /tmp/web.log 2>&1 &
        web=$!
        fetch="{FETCH}"
        until python -c "$fetch" http://127.0.0.1:8000/healthz > /dev/null 2>&1; do
            kill -0 $web || {{ cat /tmp/web.log; exit 1; }}
            sleep 1
        done
        cd /srv/static/melikgazi
        python -c "$fetch" http://127.0.0.1:8000/static/melikgazi/$(ls home.*.css | grep -E '[.][0-9a-f]{{12}}[.]css$')
        kill $web
        wait $web || true
    """
    said = asked_inside(builder, asks)
    assert "Content-Encoding: gzip" in said
    assert "immutable" in said


def test_the_trial_answers_in_its_image(builder: Root) -> None:
    builder.run(BUILD % (TRIAL, "/run/host/trial"), variables=ways_out())
    command = " ".join(json.loads(dict(deployment.image(trial=True))["CMD"])).replace(" --demo", "")
    asks = f"""
        {command} > /tmp/trial.log 2>&1 &
        trial=$!
        until grep -q "/emulator/" /tmp/trial.log; do
            kill -0 $trial || {{ cat /tmp/trial.log; exit 1; }}
            sleep 1
        done
        python -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:8000/emulator/").status)'
        kill $trial
        wait $trial || true
    """
    assert asked_inside(builder, asks, TRIAL) == "200"
