"""A real server of S3 for tests: SeaweedFS, by its wheel. Nothing of it listens beyond this machine."""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from tests.tooling.trial import eventually
from tooling.processes import Program, start, stop

KEY, SECRET = "the-line", "only-for-tests-of-files"
PORTS = ("master.port", "volume.port", "filer.port", "s3.port")


@dataclass
class SeaweedFS:
    """Where it is reached, and how far our clock is ahead of its: it takes the time from no library, so
    bin/test --at does not move it.
    """

    address: str
    ahead: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) - self.ahead


@contextmanager
def seaweedfs(folder: Path) -> Iterator[SeaweedFS]:
    """The server, with everything it keeps below the folder; it takes only requests signed by KEY."""
    ports = dict(zip((*PORTS, *(f"{each}.grpc" for each in PORTS)), _free_ports(2 * len(PORTS)), strict=True))
    allowed = {"name": "line", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [allowed]}))
    options = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "filer": "true",
        "s3": "true",
        "s3.iam": "false",
        # Catalogues that listen on a port of their own, always the same: two tests at a time would meet there.
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": config,
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64,
        "volume.max": 40,
    } | ports
    weed = Path(sys.executable).with_name("weed")
    command = (str(weed), "server", *(f"-{name}={value}" for name, value in options.items()))
    # Its options can be given by the environment, too: by our DEBUG, for one.
    environment = {"DEBUG": "false", "WEED_S3_SSE_KEY": SECRET}
    program = Program(name="weed", command=command, log=folder / "weed.log", environment=environment)
    process = start(program)
    address = f"http://127.0.0.1:{ports['s3.port']}"
    try:
        eventually(lambda: process.poll() is not None or _answers(address))
        assert process.poll() is None, (folder / "weed.log").read_text()[-2000:]
        said = requests.get(address, timeout=2).headers["Date"]
        yield SeaweedFS(address, datetime.now(UTC) - parsedate_to_datetime(said))
    finally:
        stop(process, program.stop_signal, 5)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).status_code == 403
    except requests.RequestException:
        return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
