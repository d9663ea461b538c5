"""bin/bench [NAME …] [--json]: each benchmark prints a ratio against its own floor, measured in the same run."""

import argparse
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

from tooling import services
from tooling.test import ENVIRONMENT

BENCHMARKS = ("webhook", "conversation", "places", "nearby", "reports")


def main() -> int:
    """Runs the named benchmarks, all of them when none is named, on a durable database made for this run."""
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--data", type=Path, help="on the database of this data directory, which nothing else runs on"
    )
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="melikgazi-bench-") as name:
        needed = services.needed(options.data or Path(name), os.environ)
        os.environ.update(ENVIRONMENT | {"MEDIA_ROOT": f"{name}/media"})
        os.environ.update({service.variable: service.url for service in needed})
        with services.running(needed):
            for benchmark in options.names or BENCHMARKS:
                result = importlib.import_module(f"bench.{benchmark}").run(Path(name))
                print(
                    json.dumps({"name": benchmark} | result) if options.json else _line(benchmark, result),
                    flush=True,
                )
    return 0


def _line(name: str, result: dict[str, object]) -> str:
    return f"{name}: " + ", ".join(f"{key} {value}" for key, value in result.items())


if __name__ == "__main__":
    sys.exit(main())
