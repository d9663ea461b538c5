"""What can be said of the code without running it: lint, form, types, import contracts, missing migrations."""

import subprocess
import sys
from pathlib import Path

CHECKS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy", "."),
    ("lint-imports",),
    ("python", "manage.py", "makemigrations", "--check"),
)


def main() -> int:
    """Runs every check though one has failed. Returns the first exit status that is not zero."""
    return next(filter(None, [_run(check) for check in CHECKS]), 0)


def _run(check: tuple[str, ...]) -> int:
    print(f"── {' '.join(check)}", flush=True)
    command = [str(Path(sys.executable).with_name(check[0])), *check[1:]]
    return subprocess.run(command, stderr=subprocess.STDOUT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
