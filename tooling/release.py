"""bin/release: what a release consists of, in dist/melikgazi-VERSION/, and its tag.

1. Looks whether everything says the same: pyproject.toml, CHANGELOG.md, a clean checkout, no such tag yet.
2. Packs the checkout as it is committed: the program, and the context that its image is built from.
3. Gathers the wheels of requirements.txt, by their hashes, for Debian 13's Python: for a server without a way out.
4. Writes what the product is made of (CycloneDX), the notes, and the checksums of it all.
5. Tags the commit. Nothing is pushed.
"""

import argparse
import datetime as dt
import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from tooling import supply
from tooling.bootstrap import ROOT

NAME = "melikgazi"
PYTHON = "3.13"  # of Debian 13 and of the image
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
CHANGES, NOTES, SUMS = "CHANGELOG.md", "NOTES.md", "SHA256SUMS"
TO_DO = "### Yapılacak"  # what an administrator must do; every release says it
_SECTION = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?$", re.MULTILINE)

_NOTES = """# Çözüm Hattı {version}

{changes}

## Dosyalar

| dosya | içi |
|---|---|
| `{program}` | program ve imajın kurulduğu dizin (`docker build .`) |
| `{wheels}` | Python {python} paketleri, internetsiz sunucu için: `pip install --no-index --find-links wheels …` |
| `sbom.cdx.json` | neyden yapıldığı (CycloneDX) |
| `{sums}` | özetler: `sha256sum --check {sums}` |

Güncellemenin adımları: `docs/kurulum.md`, *Güncelleme*. Sürümlerin ne kadar desteklendiği: `SUPPORT.md`.

## Sahibine sorulan

Depoda LICENSE dosyası yoktur: hangi koşulla kullanılacağını belediye belirler. O zamana kadar bütün haklar saklıdır ve
sürüm belediyenin dışına verilmez. Bağımlılıkların lisansları `sbom.cdx.json` içindedir.
"""


class ReleaseError(Exception):
    """Nothing was released; `str()` says why."""


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="bin/release", description="Bir sürümü hazırlar ve etiketler.")
    parser.add_argument("version", help="pyproject.toml’daki sürüm: 1.2.0")
    parser.add_argument("--no-tag", action="store_true", help="yalnızca hazırla, etiketleme")
    options = parser.parse_args()
    try:
        folder = release(options.version, tag=not options.no_tag)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print(folder)
    return 0


def release(
    version: str,
    *,
    tag: bool,
    root: Path = ROOT,
    wheels: "Callable[[Path], None] | None" = None,
    sbom: "Callable[[Path], None] | None" = None,
) -> Path:
    """Makes the release of the checkout at `root`; returns its folder. ReleaseError before anything is made."""
    changes = check(version, root)
    folder = root / "dist" / f"{NAME}-{version}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    program, packages = f"{NAME}-{version}.tar.gz", f"{NAME}-{version}-wheels-py{PYTHON}.tar"
    _git(
        root, "archive", "--format=tar.gz", f"--prefix={NAME}-{version}/", "-o", str(folder / program), "HEAD"
    )
    gathered = folder / "wheels"
    (wheels or _download)(gathered)
    _run(
        "tar",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "-cf",
        str(folder / packages),
        "-C",
        str(folder),
        "wheels",
    )
    shutil.rmtree(gathered)
    (sbom or _sbom)(folder / "sbom.cdx.json")
    notes = _NOTES.format(
        version=version, changes=changes, program=program, wheels=packages, python=PYTHON, sums=SUMS
    )
    (folder / NOTES).write_text(notes)
    (folder / SUMS).write_text(
        "".join(f"{_digest(each)}  {each.name}\n" for each in sorted(folder.iterdir()))
    )
    if tag:
        _git(root, "tag", "--annotate", f"v{version}", "--message", f"{version}\n\n{changes}")
    return folder


def check(version: str, root: Path) -> str:
    """What CHANGELOG.md says of the version. ReleaseError where it is not ready to be released."""
    stated = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    if stated != version:
        raise ReleaseError(f"pyproject.toml {stated} diyor, {version} değil.")
    date, changes = section(version, (root / CHANGES).read_text())
    if date is None:
        raise ReleaseError(f"{CHANGES} içinde “## [{version}] - YYYY-AA-GG” başlığı yok.")
    if TO_DO not in changes:
        raise ReleaseError(f"{CHANGES}, {version}: yöneticinin yapacağı yazmıyor ({TO_DO}).")
    if _git(root, "status", "--porcelain"):
        raise ReleaseError("Kaydedilmemiş değişiklik var: önce commit edin.")
    if _git(root, "tag", "--list", f"v{version}"):
        raise ReleaseError(f"v{version} etiketi zaten var.")
    return changes


def section(version: str, text: str) -> tuple[dt.date | None, str]:
    """The date of a version in a changelog and what is said of it; None and "" where it is not there, or undated."""
    found = list(_SECTION.finditer(text))
    for heading, after in zip(found, [*found[1:], None], strict=True):
        if heading["version"] == version and heading["date"]:
            end = after.start() if after else len(text)
            return dt.date.fromisoformat(heading["date"]), text[heading.end() : end].strip()
    return None, ""


def _download(folder: Path) -> None:
    platforms = (option for each in PLATFORMS for option in ("--platform", each))
    options = (
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--python-version",
        PYTHON,
    )
    _run(
        *(sys.executable, "-m", "pip", "download", *options, *platforms),
        *("--dest", str(folder), "-r", str(ROOT / "requirements.txt")),
    )


def _sbom(file: Path) -> None:
    supply.install()
    if supply.sbom(str(file)) != 0:
        raise ReleaseError("bin/sbom başarısız oldu.")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _git(root: Path, *arguments: str) -> str:
    return _run("git", "-C", str(root), *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(command[:4])} … başarısız oldu: {done.stderr.strip()}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
