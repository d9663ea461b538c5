"""Makes .venv hold one pinned set of packages, then becomes a module inside it.

Run by bin/_env with whatever Python the machine has, so it knows the standard library only.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tooling.instance import locked
from tooling.processes import attached

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SETS = {
    "local": ("requirements.txt", "requirements-local.txt"),
    "dev": ("requirements.txt", "requirements-local.txt", "requirements-dev.txt"),
}


def main() -> None:
    """`bootstrap SET MODULE ARGUMENT…`: install SET if it is not there yet, then run MODULE."""
    package_set, module, *arguments = sys.argv[1:]
    ensure(package_set)
    os.execv(PYTHON, [str(PYTHON), "-m", module, *arguments])  # noqa: S606  no shell is wanted


def ensure(package_set: str) -> None:
    """Installs the set, once; exits with a message when that fails.

    Two starts at once wait for each other. The stamp is written last, so a half-finished install is done again.
    """
    if installed(package_set):
        return
    with locked(ROOT, wait=True):
        if installed(package_set):
            return
        print("Bağımlılıklar kuruluyor (yalnızca ilk sefer) …", file=sys.stderr, flush=True)
        install = _pip_install(package_set)
        # What an earlier one left when it was broken off may be no environment, or one that pip cannot go on with.
        if not (usable() and _try(*install) == 0):
            shutil.rmtree(VENV, ignore_errors=True)
            _run(sys.executable, "-m", "venv", str(VENV))
            _run(*install)
        _compile()
        _stamp(package_set).write_text(fingerprint(package_set))
    # What this cannot make now is made by the first start that needs it.
    attached((str(PYTHON), "-m", "tooling.prepared"), stdout=sys.stderr).wait()


def _pip_install(package_set: str) -> tuple[str, ...]:
    files = [option for name in SETS[package_set] for option in ("-r", str(ROOT / name))]
    options = ("--quiet", "--no-input", "--no-compile", "--require-hashes")
    return (str(PYTHON), "-m", "pip", "install", *options, *files)


def installed(package_set: str) -> bool:
    """Whether .venv holds the pins of this set as they stand now, by itself or within a larger set."""
    larger = [name for name, files in SETS.items() if set(files) >= set(SETS[package_set])]
    stamps = [(_stamp(name), name) for name in larger]
    return usable() and any(
        stamp.is_file() and stamp.read_text() == fingerprint(name) for stamp, name in stamps
    )


def fingerprint(package_set: str) -> str:
    """Changes when a pin of the set changes."""
    contents = b"".join((ROOT / name).read_bytes() for name in SETS[package_set])
    return hashlib.sha256(contents).hexdigest()


def usable() -> bool:
    """Whether .venv has a Python that still runs: the one it was made from may have been upgraded or removed."""
    try:
        return subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0
    except OSError:
        return False


def _stamp(package_set: str) -> Path:
    return VENV / f".installed-{package_set}"


def _compile() -> None:
    """Compiles what was installed on every core; pip would on one. What cannot be compiled is for other Pythons."""
    attached((str(PYTHON), "-m", "compileall", "-qq", "-j", "0", str(VENV / "lib"))).wait()


def _try(*command: str) -> int:
    return attached(command, stdout=sys.stderr).wait()


def _run(*command: str) -> None:
    status = _try(*command)
    if status != 0:
        sys.exit(f"Kurulum başarısız ({status}): {' '.join(command)}")


if __name__ == "__main__":
    main()
