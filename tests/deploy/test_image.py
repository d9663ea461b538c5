"""The steps of the image, done by a shell in another place: what they make serves the line's pages."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.deploy import deployment
from tests.deploy.deployment import ROOT
from tests.tooling.test_commands import free_port, status_of
from tests.tooling.trial import eventually

pytestmark = pytest.mark.long
NEEDED = {
    "SECRET_KEY": "only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "PUBLIC_URL": "https://hat.example",
    **{f"WHATSAPP_{name}": "0123456789abcdef" for name in ("APP_SECRET", "VERIFY_TOKEN", "ACCESS_TOKEN")},
    "WHATSAPP_PHONE_NUMBER_ID": "100200300400500",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What COPY and RUN leave, below a folder of its own; accounts and Debian's packages are the machine's."""
    root = tmp_path_factory.mktemp("image")
    (root / "tmp").mkdir()
    (root / "app").mkdir()
    for name in ("requirements.txt", "requirements-s3.txt"):
        (root / "tmp" / name).write_bytes((ROOT / name).read_bytes())
    kept = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "x", "-C", str(root / "app")], input=kept, check=True)
    for name, step in deployment.image():
        if name == "RUN" and not re.match(r"apt-get|groupadd", step):
            subprocess.run(
                ["sh", "-euc", below(root, step)], cwd=root / "app", env=environment(root), check=True
            )
    return root


def below(root: Path, text: str) -> str:
    """The text with the image's folders below `root`."""
    return re.sub(r"(?<![\w/])/(venv|srv|app|tmp)\b", rf"{root}/\1", text)


def environment(root: Path) -> dict[str, str]:
    """What ARG and ENV set, on the bare environment of a container."""
    given = " ".join(given for name, given in deployment.image() if name in ("ARG", "ENV"))
    set_there = dict(pair.split("=", 1) for pair in below(root, given).split())
    here = os.environ["PATH"]
    return set_there | {"PATH": set_there["PATH"].replace("$PATH", here)}


@pytest.fixture
def port(made: Path) -> Iterator[int]:
    """Of the web server that CMD starts, with nothing behind it."""
    number = free_port()
    command = dict(deployment.image())["CMD"]
    words = re.findall(r'"([^"]+)"', re.sub(r'"--host", "[^"]+"', '"--host", "127.0.0.1"', command))
    words[words.index("--port") + 1] = str(number)
    server = subprocess.Popen(words, cwd=made / "app", env=environment(made) | NEEDED)
    yield number
    server.terminate()
    server.wait(20)


def test_the_server_of_the_image_is_alive_without_anything_behind_it(port: int) -> None:
    assert eventually(lambda: status_of(port, "/healthz") == 200, 60)


def test_it_serves_what_was_collected_compressed_and_for_ever(made: Path, port: int) -> None:
    [style] = (made / "srv/static/melikgazi").glob("home.*[0-9a-f].css")
    assert eventually(lambda: status_of(port, "/healthz") == 200, 60)
    address = f"http://127.0.0.1:{port}/static/melikgazi/{style.name}"
    answer = requests.get(address, headers={"Accept-Encoding": "gzip"}, timeout=5)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
