"""The line with a real RabbitMQ as its broker: it answers, and the broker's death costs seconds and nothing else."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from melikgazi.workers.broker import trouble
from tests.chaos.instance import Instance, free_port, wait_for
from tests.chaos.test_chaos import received

# The program itself: what lies in the PATH becomes Debian's own account and keeps its files there.
SERVERS = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not SERVERS, reason="rabbitmq-server is not installed (apt install rabbitmq-server)"),
]
START_SECONDS = 120.0


@dataclass
class RabbitMQ:
    """A server of the test's own, with what it keeps in `folder`."""

    folder: Path
    port: int
    environment: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        with (self.folder / "out.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(SERVERS[-1])],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(lambda: trouble(self.address) == "", START_SECONDS)

    def kill(self) -> None:
        """At once, with all that it has started."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def queues(self) -> dict[str, str]:
        """The type of each queue by its name."""
        found = subprocess.run(
            [str(SERVERS[-1].with_name("rabbitmqctl")), "-q", "list_queues", "name", "type"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        rows = (line.split("\t") for line in found.stdout.splitlines()[1:])
        return {row[0]: row[1] for row in rows if len(row) == 2}


@pytest.fixture
def rabbit(tmp_path: Path) -> Iterator[RabbitMQ]:
    folder = tmp_path / "rabbitmq"
    folder.mkdir()
    ports = [free_port() for _ in range(3)]
    (folder / "plugins").write_text("[].\n")
    (folder / "rabbitmq.conf").write_text(f"listeners.tcp.default = 127.0.0.1:{ports[0]}\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "RABBITMQ_NODENAME": f"hat{ports[0]}@{socket.gethostname().split('.')[0]}",
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_DIST_PORT": str(ports[1]),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "ERL_EPMD_PORT": str(ports[2]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    made = RabbitMQ(folder, ports[0], environment)
    names = subprocess.Popen(["epmd"], env=environment)  # or the server would start one that outlives it
    try:
        made.start()
        yield made
    finally:
        if made.process and made.process.poll() is None:
            made.kill()
        names.kill()
        names.wait()


def answered(line: Instance, person: int, count: int) -> bool:
    return len(received(line, person)) >= count


def test_the_line_answers_by_rabbitmq_and_goes_on_after_its_death(rabbit: RabbitMQ, tmp_path: Path) -> None:
    line = Instance(tmp_path / "data", BROKER_URL=rabbit.address)
    try:
        person = line.emulator.add_person("Ayşe Yılmaz", phone="905321112233")["id"]
        line.emulator.say(person, "text", text="durum")
        wait_for(lambda: answered(line, person, 1))
        assert {rabbit.queues()[name] for name in ("inbox", "outbox", "media")} == {"quorum"}
        rabbit.kill()
        wait_for(lambda: requests.get(f"{line.url}/readyz", timeout=10).json()["status"] == "degraded")
        line.emulator.say(person, "text", text="yardım")
        wait_for(lambda: line.count("whatsapp_inbounddelivery") >= 2)
        assert requests.get(f"{line.url}/readyz", timeout=10).status_code == 200
        rabbit.start()
        wait_for(lambda: answered(line, person, 2))
        wait_for(lambda: requests.get(f"{line.url}/readyz", timeout=10).json()["status"] == "ok")
        assert len(received(line, person)) == len(set(received(line, person)))
    finally:
        line.stop()
