"""The Dockerfile, built by Debian's buildah on a bare Debian: no registry of images is asked.

What it calls python:3.13-slim-trixie is Debian 13 with its own Python 3.13 under that name; all else is as written.
"""

import subprocess
from collections.abc import Iterator

import pytest

from tests.deploy import deployment
from tests.deploy.deployment import ROOT
from tests.install import root
from tests.install.conftest import hand_over, ways_out
from tests.install.root import Root

pytestmark = pytest.mark.install
# Where images lie; the machine's own files are an overlay, on which there can be no other.
BUILDAH = "buildah --root /run/host/images --runroot /run/images"
OPTIONS = "--isolation chroot --network host"
BASE = f"""
    apt-get update
    apt-get install --yes --no-install-recommends buildah
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
    {BUILDAH} build --quiet --pull=never {OPTIONS} --tag melikgazi \\
        --volume /run/host/pip.conf:/etc/pip.conf:ro --volume /run/host/authorities.pem:/run/authorities.pem:ro \\
        /run/host/source
"""
INSIDE = f"""
    image=$({BUILDAH} from --pull=never melikgazi)
    {BUILDAH} run {OPTIONS} $image -- sh -euc "$ASKED"
"""


@pytest.fixture(scope="module")
def builder() -> Iterator[Root]:
    """A machine that has built the image."""
    if reason := root.why_not():
        pytest.skip(reason)
    with root.running("imaj") as machine:
        hand_over(machine)
        source = machine.handed / "source"
        source.mkdir()
        kept = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "x", "-C", str(source)], input=kept, check=True)
        base = ["tar", "c", "-C", str(root.CACHE / root.SUITE), "-f", str(machine.handed / "base.tar"), "."]
        subprocess.run(base, check=True)
        image, _, _ = deployment.image()[0][1].partition(" ")
        machine.run(BASE % f"docker.io/library/{image}", variables=ways_out())
        machine.run(BUILD, variables=ways_out())
        yield machine


def asked_inside(builder: Root, script: str) -> str:
    """What a shell says in a container of the image, by the image's account."""
    return builder.run(INSIDE, variables={"ASKED": script}).strip()


def test_the_image_runs_as_an_account_of_its_own(builder: Root) -> None:
    assert asked_inside(builder, "id -u; id -g") == "10001\n10001"


@pytest.mark.parametrize("folder", ["/app", "/venv", "/srv/static"])
def test_its_account_reads_the_program_and_cannot_change_it(builder: Root, folder: str) -> None:
    assert asked_inside(builder, f"find {folder} ! -readable") == ""
    assert asked_inside(builder, f"find {folder} -writable ! -type l") == ""


def test_its_account_keeps_the_citizens_files_to_itself(builder: Root) -> None:
    assert asked_inside(builder, "stat -c '%a %u' /srv/media") == "700 10001"


def test_the_pages_files_are_in_it(builder: Root) -> None:
    assert asked_inside(builder, "ls /srv/static/staticfiles.json")


def test_the_client_of_the_database_is_in_it(builder: Root) -> None:
    assert "(PostgreSQL) 17." in asked_inside(builder, "pg_dump --version")


@pytest.mark.parametrize("name", ["tests", "bench", ".git", ".env"])
def test_what_no_server_needs_is_not_in_it(builder: Root, name: str) -> None:
    assert asked_inside(builder, f"ls -d /app/{name} || true") == ""
