"""What is done to the cluster while messages come: eleven accidents, and how each is mended."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.failover.cluster import Cluster
from bench.failover.machines import SWITCH, Machine, wait_until

PAUSED_SECONDS = 20.0
CUT_SECONDS = 25.0  # longer than the primary's lease of 20 s: the other side has chosen by then
COPIES_SECONDS = 20.0  # the line refuses for as long; that is what strict costs
GONE_SECONDS = 35.0  # until somebody comes and starts again what is down; its successor is at work by then


@dataclass(frozen=True)
class Case:
    """An accident: done to the cluster up to the `yield`, mended after it, `seconds` later."""

    name: str
    says: str
    seconds: float
    accident: Callable[[Cluster], Iterator[None]]

    @contextmanager
    def happening(self, cluster: Cluster) -> Iterator[None]:
        """It has happened within, and is mended after."""
        course = self.accident(cluster)
        next(course)
        yield
        next(course, None)


def _primary_killed(cluster: Cluster) -> Iterator[None]:
    primary = cluster.primary()
    primary.signal(signal.SIGKILL, "patroni", "postgres")
    yield
    cluster.start_patroni(primary)


def _primary_off(cluster: Cluster) -> Iterator[None]:
    primary = cluster.primary()
    primary.power_off()
    yield
    cluster.boot_again(primary)


def _primary_alone(cluster: Cluster) -> Iterator[None]:
    primary = cluster.primary()
    yield from _apart(cluster, primary)


def _primary_with_the_line(cluster: Cluster) -> Iterator[None]:
    yield from _apart(cluster, *cluster.standbys())


def _apart(cluster: Cluster, *machines: Machine) -> Iterator[None]:
    cluster.set_apart(*machines)
    yield
    for machine in machines:
        machine.plug_into(SWITCH)


def _disk_full(cluster: Cluster) -> Iterator[None]:
    primary = cluster.primary()
    primary.fill_disk()
    yield
    primary.free_disk()
    cluster.start_again(primary)


def _primary_paused(cluster: Cluster) -> Iterator[None]:
    primary = cluster.primary()
    primary.pause()
    yield
    primary.resume()


def _switchover(cluster: Cluster) -> Iterator[None]:
    primary = cluster.primary()
    cluster.switch_over()
    yield
    wait_until(lambda: cluster.primary() is not primary, PAUSED_SECONDS, "another primary")


def _standby_off(cluster: Cluster) -> Iterator[None]:
    standby = cluster.standbys()[0]
    standby.power_off()
    yield
    cluster.boot_again(standby)


def _standby_lost(cluster: Cluster) -> Iterator[None]:
    standby = cluster.standbys()[0]
    standby.power_off()
    standby.lose_database()
    yield
    cluster.boot_again(standby)


def _copies_killed(cluster: Cluster) -> Iterator[None]:
    standbys = cluster.standbys()
    for standby in standbys:
        standby.signal(signal.SIGKILL, "patroni", "postgres")
    yield
    for standby in standbys:
        cluster.start_patroni(standby)


def _etcd_leader_killed(cluster: Cluster) -> Iterator[None]:
    leader = cluster.etcd_leader()
    leader.signal(signal.SIGKILL, "etcd")
    yield
    cluster.start_etcd(leader)


CASES = (
    Case("killed", "the primary's PostgreSQL and Patroni are killed", GONE_SECONDS, _primary_killed),
    Case("off", "the primary's machine loses its power", GONE_SECONDS, _primary_off),
    Case("alone", "the network is cut: the primary alone", CUT_SECONDS, _primary_alone),
    Case("minority", "the network is cut: the primary and the line", CUT_SECONDS, _primary_with_the_line),
    Case("disk", "the primary's disk is full", GONE_SECONDS, _disk_full),
    Case("paused", "the primary's machine stands still for 20 s", PAUSED_SECONDS, _primary_paused),
    Case("switchover", "the role is handed over as planned", 1.0, _switchover),
    Case("standby", "a standby's machine loses its power", GONE_SECONDS, _standby_off),
    Case("copied", "a standby's disk is lost: it is copied anew", GONE_SECONDS, _standby_lost),
    Case("copies", "both standbys are killed: nobody writes along", COPIES_SECONDS, _copies_killed),
    Case("etcd", "the leader of etcd is killed", GONE_SECONDS, _etcd_leader_killed),
)
