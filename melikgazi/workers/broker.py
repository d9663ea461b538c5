"""The broker by its address: Valkey or Redis, alone or behind Sentinels, or RabbitMQ. It carries hints alone."""

import math
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import redis
from kombu import Connection

REDIS, RABBIT = ("redis", "rediss", "redis+socket"), ("amqp", "amqps")
_SENTINELS = re.compile(
    r"redis\+sentinel://(?P<at>[^/@]*@)?(?P<hosts>[\w.:-]+(,[\w.:-]+)*)/(?P<name>[^/?]+)(/(?P<database>\d+))?"
)
_CONNECT_SECONDS = 2
_OPTIONS = {"socket_connect_timeout": _CONNECT_SECONDS, "socket_timeout": 30, "retry_on_timeout": True}


@dataclass(frozen=True)
class Broker:
    """What Celery is told of a broker: its address, options of the transport, and of which type its queues are."""

    url: str
    options: dict[str, Any]
    queue_type: str = "classic"


def broker_at(address: str) -> Broker:
    """What Celery is told of the broker at that address; one that `is_address` refuses is passed on as it is.

    `redis+sentinel://:password@host1:26379,host2:26379/master/0` names the Sentinels, whom they watch, and the database
    there; the password is the watched server's.
    """
    scheme = address.partition(":")[0]
    if scheme in RABBIT:
        # Replicated queues, and a wake-up counts as sent when the server has it.
        return Broker(address, {"connect_timeout": _CONNECT_SECONDS, "confirm_publish": True}, "quorum")
    sentinels = _SENTINELS.fullmatch(address)
    if sentinels is None:
        return Broker(address, _OPTIONS)
    at, database = sentinels["at"] or "", sentinels["database"] or "0"
    urls = [f"sentinel://{at}{host}/{database}" for host in sentinels["hosts"].split(",")]
    return Broker(";".join(urls), _OPTIONS | {"master_name": unquote(sentinels["name"])})


def is_address(address: str) -> bool:
    """Whether `broker_at` knows what is meant."""
    scheme = address.partition(":")[0]
    return scheme in (*REDIS, *RABBIT) or _SENTINELS.fullmatch(address) is not None


def trouble(address: str) -> str:
    """Why the broker does not answer, by the type of its error; "" where it does. Waits a second or two at most."""
    try:
        _ping(address)
    except Exception as error:  # noqa: BLE001 - whatever ails it, readiness says so instead of failing
        return type(error).__name__
    return ""


def memory(address: str) -> float:
    """How much of the memory that it may take the broker has; 0 without a limit. NaN where it does not answer, or is
    asked by another way than Valkey alone.
    """
    if address.partition(":")[0] not in REDIS:
        return math.nan
    try:
        with _client(address) as client:
            found = client.info("memory")
    except redis.RedisError:
        return math.nan
    return float(found["used_memory"] / found["maxmemory"]) if found.get("maxmemory") else 0.0


def _client(address: str) -> redis.Redis:
    url = address.replace("redis+socket://", "unix://").replace("?virtual_host=", "?db=")  # as Celery has it
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)


def _ping(address: str) -> None:
    if address.partition(":")[0] in REDIS:
        with _client(address) as client:
            client.ping()
        return
    broker = broker_at(address)
    quick = broker.options | {"socket_connect_timeout": 1, "socket_timeout": 1, "connect_timeout": 1}
    with Connection(broker.url, transport_options=quick, connect_timeout=1) as connection:
        channel = connection.default_channel  # of RabbitMQ: it has answered
        if hasattr(channel, "client"):
            channel.client.ping()
