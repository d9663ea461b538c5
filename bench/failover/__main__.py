"""bin/certify-failover: what the line loses, says twice and is silent for while its database's cluster is hurt.

A cluster of three machines as deploy/cluster has it, in namespaces of its own, the line before it, a stand-in for the
Graph API, and messages at a bounded rate; while they come one accident happens. What the webhook refused is brought
again, as Meta does; what it acknowledged must be answered. Needs root and Debian's packages.
"""

import argparse
import dataclasses
import itertools
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.failover.cases import CASES, Case
from bench.failover.cluster import Cluster, why_not
from bench.failover.machines import MachineError, enter_own_network, wait_until
from bench.failover.traffic import Bringer, Telephones, Traffic
from tests.chaos.instance import Instance
from tests.whatsapp import wire

SILENCE_SECONDS = 45.0  # what is promised
BEFORE = 0.25  # of the messages have been written when it happens
SETTLE_SECONDS = 180.0  # until what was sent without an answer has been sent again
WITHIN = "FAILOVER_IN_OWN_NETWORK"
Row = dict[str, Any]


def main() -> int:
    """Exit status 1 where a promise was not held, 2 where nothing can be run here."""
    options = _options()
    if reason := why_not():
        print(f"bin/certify-failover {reason}", file=sys.stderr)
        return 2
    if WITHIN not in os.environ:
        os.environ[WITHIN] = "yes"
        enter_own_network([sys.executable, "-m", "bench.failover", *sys.argv[1:]])
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # nothing here is beyond this machine
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # everything is taken down
    cases = [case for case in CASES if not options.case or case.name in options.case]
    rows = []
    try:
        for row in _run(cases, options):
            rows.append(row)
            print(json.dumps(row) if options.json else _said(row), flush=True)
            if options.page:
                options.page.write_text(_page(rows))
    except MachineError as error:
        print(f"{error}; --keep leaves the logs", file=sys.stderr)
        return 1
    return int(not all(row["held"] for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/certify-failover", description=__doc__)
    names = ", ".join(case.name for case in CASES)
    parser.add_argument(
        "--case", action="append", choices=[case.name for case in CASES], metavar="CASE", help=names
    )
    parser.add_argument("--runs", type=int, default=1, help="of each case (1)")
    parser.add_argument("--messages", type=int, default=1000, help="of each run (1000)")
    parser.add_argument("--rate", type=float, default=15.0, help="messages a second (15)")
    parser.add_argument("--json", action="store_true", help="one JSON object a run")
    parser.add_argument("--page", type=Path, help="also write the table, for docs/failover.md")
    parser.add_argument("--keep", type=Path, help="leave the logs in this folder, which is made")
    return parser.parse_args()


def _run(cases: list[Case], options: argparse.Namespace) -> Iterator[Row]:
    """A row for each run, on one cluster and one line."""
    with ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="failover-")))
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)  # Debian's accounts read their files below it
        cluster = Cluster(folder.resolve())
        stack.callback(cluster.stop)
        cluster.start()
        telephones = Telephones()
        stack.callback(telephones.stop)
        line = _line(folder / "line", cluster, telephones)
        stack.callback(line.stop)
        bringer = telephones.bring = Bringer(line.port)
        stack.callback(bringer.stop)
        numbers = itertools.count()
        _warm_up(telephones, bringer, numbers, options.rate)
        for run, case in itertools.product(range(options.runs), cases):
            cluster.await_whole()
            people = list(itertools.islice(numbers, options.messages))
            yield {"case": case.name, "run": run + 1} | _certified(
                case, cluster, telephones, bringer, people, options
            )


def _line(data: Path, cluster: Cluster, telephones: Telephones) -> Instance:
    return Instance(
        data,
        DATABASE_URL=cluster.url,
        DATABASE_POOLED="on",
        DATABASE_DIRECT_URL=cluster.direct_url,
        WHATSAPP_GRAPH_URL=telephones.url,
        WHATSAPP_MEDIA_HOSTS=telephones.host,
        WHATSAPP_APP_SECRET=wire.SECRET,
        WHATSAPP_PHONE_NUMBER_ID=wire.PHONE_NUMBER_ID,
    )


def _warm_up(telephones: Telephones, bringer: Bringer, numbers: Iterator[int], rate: float) -> None:
    people = list(itertools.islice(numbers, 20))
    if Traffic(telephones, bringer, people, rate).finish().lost:
        raise MachineError("the line answers nobody though nothing has happened yet")


def _certified(
    case: Case,
    cluster: Cluster,
    telephones: Telephones,
    bringer: Bringer,
    people: list[int],
    options: argparse.Namespace,
) -> Row:
    before, primary = _resent(cluster), cluster.primary().name
    traffic = Traffic(telephones, bringer, people, options.rate)
    while traffic.written < options.messages * BEFORE:
        time.sleep(0.05)
    with case.happening(cluster):
        time.sleep(case.seconds)
    mended = time.monotonic()
    cluster.await_whole()
    healed = time.monotonic() - mended
    figures = traffic.finish()
    wait_until(lambda: _on_its_way(cluster) == 0, SETTLE_SECONDS, "no answer on its way any more")
    figures = dataclasses.replace(traffic.figures(), silence=figures.silence, refusing=figures.refusing)
    kept = _kept(cluster, people)
    unknowable = _resent(cluster) - before
    held = (
        figures.lost == 0
        and figures.messages == len(people) == kept
        and figures.doubled <= unknowable
        and figures.silence <= SILENCE_SECONDS
    )
    return {
        **dataclasses.asdict(figures),
        "lost": figures.lost,
        "kept": kept,
        "healed": round(healed, 1),
        "unknowable": unknowable,
        "primary": f"{primary} → {cluster.primary().name}",
        "load": round(os.getloadavg()[0], 1),
        "held": held,
    }


def _on_its_way(cluster: Cluster) -> int:
    query = "SELECT count(*) FROM whatsapp_outbox WHERE state IN ('held', 'queued', 'sending')"
    [(count,)] = cluster.rows(query)
    return int(count)


def _resent(cluster: Cluster) -> int:
    """How many answers were sent again because nobody could know whether Meta had taken them."""
    [(count,)] = cluster.rows("SELECT count(*) FROM whatsapp_outbox WHERE possibly_double")
    return int(count)


def _kept(cluster: Cluster, people: list[int]) -> int:
    """How many of the messages the database has, each once and with its ticket."""
    query = "SELECT count(*) FROM whatsapp_message WHERE ticket_id IS NOT NULL AND wamid = ANY(%s)"
    [(count,)] = cluster.rows(query, [f"wamid.IN{number}" for number in people])
    return int(count)


def _said(row: Row) -> str:
    return (
        f"{row['case']:<11} {row['run']}  in {row['messages']}, answered {row['answered']}, lost {row['lost']},"
        f" doubled {row['doubled']} (unknowable {row['unknowable']}), longest silence {row['silence']:.1f} s,"
        f" refused {row['refused']} for {row['refusing']:.1f} s, whole again {row['healed']:.1f} s after,"
        f" {row['primary']}, load {row['load']}" + ("" if row["held"] else "  NOT HELD")
    )


def _page(rows: list[Row]) -> str:
    """The table of docs/failover.md: a line for each case, what its runs have in common summed up."""
    lines = [
        (
            "| case | runs | messages in | answered | lost | doubled | longest silence, s | no 200 for, s"
            " | whole again after, s |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case in CASES:
        runs = [row for row in rows if row["case"] == case.name]
        if not runs:
            continue
        sums = [str(sum(row[name] for row in runs)) for name in ("messages", "answered", "lost", "doubled")]
        each = [", ".join(f"{row[name]:.1f}" for row in runs) for name in ("silence", "refusing", "healed")]
        lines.append(f"| {' | '.join([case.says, str(len(runs)), *sums, *each])} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
