"""A release is made only of what is committed and said, and holds what a server needs."""

import subprocess
import tarfile
from pathlib import Path

import pytest

from melikgazi.version import VERSION
from tests.tooling.trial import ROOT
from tooling import release
from tooling.release import ReleaseError

CHANGES = """# Değişiklikler

## [Yayımlanmamış]

## [1.2.0] - 2026-12-01

### Eklendi
- Bir şey.

### Yapılacak
- `migrate`.

## [1.1.0] - 2026-11-01

### Yapılacak
- Bir şey yok.
"""


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Deneme", "-c", "user.email=deneme@example.org")
    return subprocess.run(
        ["git", "-C", root, *who, *arguments], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("NAME", "EMAIL"):
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", "deneme@example.org")
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", "deneme@example.org")
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\nname = "melikgazi"\nversion = "1.2.0"\n')
    (root / "CHANGELOG.md").write_text(CHANGES)
    (root / ".gitignore").write_text("/dist/\n")
    git(root, "init", "--quiet")
    commit(root)
    return root


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "deneme")


def wheels(folder: Path) -> None:
    folder.mkdir()
    (folder / "django-1-py3-none-any.whl").write_bytes(b"wheel")


def sbom(file: Path) -> None:
    file.write_text("{}")


def made(checkout: Path, version: str = "1.2.0", *, tag: bool = True) -> Path:
    return release.release(version, tag=tag, root=checkout, wheels=wheels, sbom=sbom)


def test_a_release_holds_program_packages_contents_notes_and_checksums(checkout: Path) -> None:
    folder = made(checkout)
    assert {each.name for each in folder.iterdir()} == {
        *("melikgazi-1.2.0.tar.gz", "melikgazi-1.2.0-wheels-py3.13.tar"),
        *("sbom.cdx.json", "NOTES.md", "SHA256SUMS"),
    }
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=False)
    assert done.returncode == 0
    with tarfile.open(folder / "melikgazi-1.2.0.tar.gz") as program:
        assert "melikgazi-1.2.0/CHANGELOG.md" in program.getnames()
    with tarfile.open(folder / "melikgazi-1.2.0-wheels-py3.13.tar") as packages:
        assert "wheels/django-1-py3-none-any.whl" in packages.getnames()
    notes = (folder / "NOTES.md").read_text()
    assert "- Bir şey." in notes
    assert "LICENSE" in notes
    assert "1.1.0" not in notes


def test_the_commit_is_tagged_with_what_changed(checkout: Path) -> None:
    made(checkout)
    assert git(checkout, "rev-parse", "v1.2.0^{}") == git(checkout, "rev-parse", "HEAD")
    assert "- `migrate`." in git(checkout, "tag", "--list", "v1.2.0", "--format=%(contents)")


def test_a_rehearsal_tags_nothing_and_the_same_commit_gives_the_same_program(checkout: Path) -> None:
    def program() -> bytes:
        return (made(checkout, tag=False) / "melikgazi-1.2.0.tar.gz").read_bytes()

    assert program() == program()
    assert git(checkout, "tag", "--list") == ""


def test_what_was_tagged_is_not_released_again(checkout: Path) -> None:
    made(checkout)
    with pytest.raises(ReleaseError, match="zaten var"):
        made(checkout)


@pytest.mark.parametrize(
    ("file", "before", "after", "why"),
    [
        ("pyproject.toml", "1.2.0", "1.3.0", "1.3.0 diyor"),
        ("CHANGELOG.md", "[1.2.0] - 2026-12-01", "[1.2.0]", "başlığı yok"),
        ("CHANGELOG.md", "### Yapılacak\n- `migrate`.", "", "yapacağı yazmıyor"),
    ],
)
def test_what_is_not_said_alike_everywhere_is_not_released(
    checkout: Path, file: str, before: str, after: str, why: str
) -> None:
    text = (checkout / file).read_text()
    assert before in text
    (checkout / file).write_text(text.replace(before, after))
    commit(checkout)
    with pytest.raises(ReleaseError, match=why):
        made(checkout)
    assert not (checkout / "dist").exists()


def test_what_is_not_committed_is_not_released(checkout: Path) -> None:
    (checkout / "new").touch()
    with pytest.raises(ReleaseError, match="Kaydedilmemiş"):
        made(checkout)


def test_our_own_changelog_can_be_read() -> None:
    """Every version that is dated says what an administrator must do; what comes next is collected on top."""
    text = (ROOT / "CHANGELOG.md").read_text()
    found = [heading["version"] for heading in release._SECTION.finditer(text)]
    assert found[0] == "Yayımlanmamış"
    for version in found[1:]:
        date, changes = release.section(version, text)
        assert date
        assert release.TO_DO in changes
    assert release.TO_DO in text.partition("## [Yayımlanmamış]")[2]
    assert len(VERSION.split(".")) == 3
