"""bin/sbom and bin/audit: what the product is made of, and which of it is known to be vulnerable.

Their programs live in an environment of their own (.venv-audit), so that none of them gets into the product's.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tooling.bootstrap import ROOT

TOOLS = ROOT / ".venv-audit"
PINS = "requirements-audit.txt"
PRODUCT = "requirements.txt"
AUDITED = (PRODUCT, "requirements-s3.txt", "requirements-local.txt", "requirements-dev.txt", PINS)
OPENAPI = ROOT / "tooling" / "openapi"  # the pins of what looks at the API's schema, and its rules
NODE = TOOLS / "node"
NPM_SECONDS = 300  # behind a network that answers nobody npm would try on for much longer
UNREACHABLE = (
    "Zafiyet hizmetine (pypi.org ya da --service osv ile api.osv.dev) sorulamadı: denetim YAPILMADI. Ağa çıkışı olan "
    "bir makinede yeniden çalıştırın (the vulnerability service could not be asked; nothing was audited)."
)


def main(arguments: Sequence[str]) -> int:
    """`sbom [FILE]` writes the CycloneDX file; `audit [--service osv]` checks every pin. Returns the exit status."""
    command, *rest = arguments
    install()
    return sbom(*rest) if command == "sbom" else audit(rest)


def sbom(file: str = "sbom.cdx.json") -> int:
    """Writes what requirements.txt pins, with hashes, as CycloneDX JSON; the same pins give the same file."""
    sources = (str(ROOT / PRODUCT), "--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "application")
    form = ("--output-reproducible", "--of", "JSON", "-o", file)
    command = (_python(), "-W", "ignore", "-m", "cyclonedx_py", "requirements", *sources, *form)
    status = subprocess.run(command, check=False).returncode
    if status == 0:
        print(file)
    return status


def audit(options: Sequence[str] = ()) -> int:
    """Asks a vulnerability service for each pin. 0: none known, 1: some, 2: not all could be asked for: no pass."""
    worst = 0
    how = ("--disable-pip", "--require-hashes", "--strict", *options)
    for name in AUDITED:
        print(f"{name}:", flush=True)
        command = (_python(), "-m", "pip_audit", "-r", str(ROOT / name), *how)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        status = outcome(done.returncode, done.stdout, done.stderr)
        print((done.stdout + done.stderr).strip(), flush=True)
        if status == 2:
            print(UNREACHABLE, flush=True)
        worst = max(worst, status)
    return worst


def outcome(returncode: int, stdout: str, stderr: str) -> int:
    """What pip-audit's end means: it tells of vulnerabilities in a table, and of everything else by an error."""
    if returncode == 0:
        return 0
    return 1 if "Found" in stderr and "vulnerabilit" in stderr and stdout.strip() else 2


def install() -> None:
    """Makes .venv-audit hold the pins, once for each set of pins."""
    stamp, pins = TOOLS / ".installed", (ROOT / PINS).read_text()
    if stamp.is_file() and stamp.read_text() == pins:
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(TOOLS)], check=True)
    subprocess.run(
        [
            _python(),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--require-hashes",
            "-r",
            str(ROOT / PINS),
        ],
        check=True,
    )
    stamp.write_text(pins)


def install_node() -> None:
    """Makes .venv-audit hold what npm pins for the schema of the REST API, once for each set of pins."""
    pins = OPENAPI / "package-lock.json"
    stamp = NODE / ".installed"
    if stamp.is_file() and stamp.read_text() == pins.read_text():
        return
    NODE.mkdir(parents=True, exist_ok=True)
    for file in (OPENAPI / "package.json", pins):
        shutil.copy(file, NODE)
    # On a Node.js that is too old for them they are not to be had either.
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--engine-strict", "--fetch-retries=1")
    subprocess.run(["npm", "ci", *quiet], cwd=NODE, check=True, timeout=NPM_SECONDS)
    shutil.copy(pins, stamp)


def node_program(name: str) -> Path:
    """Where `install_node` has put a program; it may not be there."""
    return NODE / "node_modules" / ".bin" / name


def _python() -> str:
    return str(Path(TOOLS) / "bin" / "python")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
