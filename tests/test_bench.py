"""Benchmarks are started alone, each in a process that has not prepared Django yet."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Loaded by a web server, which has prepared Django.
PREPARED = {"floor", "floor_urls"}


def test_every_benchmark_is_imported_before_django_is_prepared():
    names = {path.stem for path in (ROOT / "bench").glob("*.py")} - PREPARED - {"__init__", "__main__"}
    program = f"import importlib\nfor name in {sorted(names)}: importlib.import_module(f'bench.{{name}}')"
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
