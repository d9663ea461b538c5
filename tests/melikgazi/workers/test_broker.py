"""The broker by its address, against real ones."""

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from celery import Celery
from kombu.exceptions import OperationalError

from melikgazi.workers.broker import Broker, broker_at, is_address, trouble
from tests.tooling.trial import eventually
from tooling.services import _valkey_binary

pytestmark = pytest.mark.slow

MASTER = "hat"


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("redis://valkey:6379/0", True),
        ("rediss://:parola@valkey:6379/0", True),
        ("redis+socket:///run/valkey.sock", True),
        ("redis+sentinel://a:26379,b:26379/hat/0", True),
        ("redis+sentinel://:parola@a:26379/hat", True),
        ("redis+sentinel://a:26379", False),
        ("redis+sentinel:///hat", False),
        ("amqp://hat:parola@tavsan:5672/", True),
        ("amqps://tavsan/", True),
        ("kafka://a", False),
        ("", False),
    ],
)
def test_an_address_names_a_broker_that_is_known(address: str, known: bool) -> None:
    assert is_address(address) is known


def test_celery_is_told_who_watches_and_what_and_with_which_password() -> None:
    broker = broker_at("redis+sentinel://:p%40rola@a:26379,b:26380/hat/2")
    assert broker.url == "sentinel://:p%40rola@a:26379/2;sentinel://:p%40rola@b:26380/2"
    assert broker.options["master_name"] == "hat"


def test_queues_of_rabbitmq_are_replicated() -> None:
    broker = broker_at("amqp://tavsan/")
    assert (broker.queue_type, broker.options["confirm_publish"]) == ("quorum", True)
    assert broker_at("redis://valkey/0").queue_type == "classic"


@pytest.mark.parametrize(
    "address",
    [
        "redis://127.0.0.1:1/0",
        "redis+sentinel://127.0.0.1:1/hat/0",
        "amqp://127.0.0.1:1/",
        "redis://127.0.0.1:yok/0",
        "kafka://a",
    ],
)
def test_a_broker_that_is_not_there_is_told_of_and_raises_nothing(address: str) -> None:
    assert trouble(address)


@dataclass
class Watched:
    """A server, its copy, and three Sentinels."""

    address: str
    servers: list[int]
    first: "subprocess.Popen[bytes]"

    def queued(self) -> int:
        found = 0
        for port in self.servers:
            try:
                with redis.Redis(port=port, socket_timeout=1) as client:
                    info = client.info("replication")
                    found = max(found, int(client.llen("inbox")) if info["role"] == "master" else 0)
            except redis.RedisError:
                continue
        return found


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    first, second, *watchers = free_ports(5)
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> "subprocess.Popen[bytes]":
        log = tmp_path / f"{len(started)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen([_valkey_binary(), *options], stdout=file, stderr=file)
        started.append(process)
        return process

    alone = ("--save", "", "--bind", "127.0.0.1", "--dir", str(tmp_path))
    try:
        leader = start("--port", str(first), *alone)
        start("--port", str(second), "--replicaof", "127.0.0.1", str(first), *alone, "--dbfilename", "copy")
        for port in watchers:
            config = tmp_path / f"{port}.conf"
            lines = (
                f"port {port}",
                "bind 127.0.0.1",
                f"dir {tmp_path}",
                f"sentinel monitor {MASTER} 127.0.0.1 {first} 2",
                f"sentinel down-after-milliseconds {MASTER} 1000",
                f"sentinel failover-timeout {MASTER} 3000",
            )
            config.write_text("\n".join(lines) + "\n")
            start(str(config), "--sentinel")
        hosts = ",".join(f"127.0.0.1:{port}" for port in watchers)
        made = Watched(f"redis+sentinel://{hosts}/{MASTER}/0", [first, second], leader)
        assert eventually(lambda: all_know_each_other(watchers))
        yield made
    finally:
        for process in started:
            process.kill()
            process.wait()


def all_know_each_other(watchers: list[int]) -> bool:
    try:
        for port in watchers:
            with redis.Redis(port=port, socket_timeout=1, decode_responses=True) as client:
                state = client.sentinel_master(MASTER)
                if (state["num-other-sentinels"], state["num-slaves"]) != (len(watchers) - 1, 1):
                    return False
    except redis.RedisError:
        return False
    return True


def celery_of(broker: Broker) -> Celery:
    app = Celery("trial", set_as_current=False)
    app.conf.update(broker_url=broker.url, broker_transport_options=broker.options)
    return app


def sent(app: Celery) -> bool:
    try:
        app.send_task("whatsapp.inbox", queue="inbox", retry=False, ignore_result=True)
    except (OperationalError, redis.RedisError):
        return False
    return True


def test_behind_sentinels_wake_ups_go_to_whoever_leads_after_the_leader_died(watched: Watched) -> None:
    assert trouble(watched.address) == ""
    app = celery_of(broker_at(watched.address))
    assert sent(app)
    assert watched.queued() == 1
    watched.first.kill()
    watched.first.wait()
    assert eventually(lambda: sent(app) and watched.queued() >= 1)
    assert eventually(lambda: trouble(watched.address) == "")
    app.close()
