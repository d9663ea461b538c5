"""bin/bench [NAME …] [--json]: each benchmark prints a ratio against its own floor, measured in the same run."""

import argparse
import contextlib
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tooling import instance, services
from tooling.test import ENVIRONMENT

BENCHMARKS = (
    "webhook",
    "answers",
    "conversation",
    "places",
    "nearby",
    "routing",
    "reports",
    "queue",
    "ticket",
    "pages",
    "open311",
    "growth",
    "line",
    "machines",
    "danger",
    "pace",
    "attacks",
    "neighbour",
    "watch",
    "map",
    "bodies",
)
OF_ANY_SIZE = ("queue", "ticket", "pages", "open311", "line", "watch")  # these take a number of tickets
OF_A_FILE = ("corrections",)  # these need a labelled file, and are run by name alone
BY_NAME = ("alarms",)  # this takes more than an hour, and is run by name alone
AS_IT_STANDS = (
    "reports",
    "queue",
    "ticket",
    "pages",
    "open311",
)  # these change nothing of a data directory that they are given; open311 finds the public's cells anew
BESIDE = ("growth",)  # these keep databases of their own there, and fill those only once


def main() -> int:
    """Runs the named benchmarks, all of them when none is named, on a durable database made for this run."""
    options = _options()
    sized = {"tickets": options.tickets} if options.tickets else {}
    asked = {
        "line": {"quick": options.quick, "fast": options.fast},
        "machines": {"quick": options.quick},
        "growth": {"long": options.long},
        "attacks": {"quick": options.quick},
        "neighbour": {"quick": options.quick, "only": options.only},
        "bodies": {"quick": options.quick},
        "corrections": {"labelled": options.labelled},
        "alarms": {"only": options.only},
    }
    with _directory(options.data) as directory:
        needed = services.needed(directory, os.environ)
        os.environ.update(ENVIRONMENT | {"MEDIA_ROOT": f"{directory}/media"})
        os.environ.update({service.variable: service.url for service in needed})
        with services.running(needed):
            for name in options.names or BENCHMARKS:
                more = (sized if name in OF_ANY_SIZE else {}) | asked.get(name, {})
                result = importlib.import_module(f"bench.{name}").run(directory, **more)
                print(
                    json.dumps({"name": name} | result) if options.json else _said(name, result), flush=True
                )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=", ".join((*BENCHMARKS, *OF_A_FILE, *BY_NAME))
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--tickets", type=int, help=f"how many, for {', '.join(OF_ANY_SIZE)}")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="less of everything, for line, machines, attacks, neighbour and bodies",
    )
    parser.add_argument("--long", action="store_true", help="ten million tickets too, for growth")
    parser.add_argument("--fast", action="store_true", help="also 60 messages a second, for line")
    parser.add_argument(
        "--data", type=Path, help="on the database of this data directory, which nothing else runs on"
    )
    parser.add_argument("--labelled", type=Path, help=f"a labelled JSONL file, for {', '.join(OF_A_FILE)}")
    parser.add_argument(
        "--only",
        default="",
        metavar="NAME",
        help="one fault of alarms, the attacks of neighbour whose names hold it",
    )
    options = parser.parse_args()
    unknown = set(options.names) - {*BENCHMARKS, *OF_A_FILE, *BY_NAME}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if set(OF_A_FILE) & set(options.names) and not options.labelled:
        parser.error(f"{', '.join(OF_A_FILE)}: --labelled FILE is needed")
    if options.data and set(options.names or BENCHMARKS) - {*AS_IT_STANDS, *BESIDE}:
        parser.error(
            f"--data goes with {', '.join((*AS_IT_STANDS, *BESIDE))} alone: the others change what they find"
        )
    return options


@contextlib.contextmanager
def _directory(given: Path | None) -> Iterator[Path]:
    if given:
        given.mkdir(mode=0o700, parents=True, exist_ok=True)
        with instance.locked(given):
            yield given.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="melikgazi-bench-") as name:
            yield Path(name)


def _said(name: str, result: dict[str, Any]) -> str:
    """The figures on a line, and rows of figures on a line each below it."""
    rows = result.get("rows", [])
    figures = ", ".join(f"{key} {value}" for key, value in result.items() if key != "rows")
    return "\n  ".join([f"{name}: {figures}", *(_row(row) for row in rows)])


def _row(row: dict[str, Any]) -> str:
    return "  ".join(f"{value}" if isinstance(value, str) else f"{key} {value}" for key, value in row.items())


if __name__ == "__main__":
    sys.exit(main())
