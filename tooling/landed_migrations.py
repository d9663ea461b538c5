"""bin/migrations: records the migrations and the tables that they make, before new ones land.

A migration that has landed is never edited: an installation that applied it keeps what it did then, and the upgrade
would find other tables than the code expects. Beside this module stands the hash of each migration; a test compares
them. What a migration imports may move to another module: the modules of its imports are not part of its hash.

1. Looks whether every recorded migration is there as it was. Otherwise nothing is written.
2. Records the new ones.
3. Writes what all of them make of an empty database (melikgazi/database/expected_schema.txt).
"""

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg

from melikgazi.database import schema_objects
from tooling import prepared, services
from tooling.bootstrap import ROOT
from tooling.services import DATABASE, USER, Postgres

RECORD = Path(__file__).with_suffix(".txt")
MIGRATIONS = "*/migrations/[0-9]*.py"
_MODULE = re.compile(rb"^from [\w.]+ import", re.MULTILINE)


def main() -> int:
    """Returns the exit status."""
    recorded, present = read(), hashes(ROOT)
    if edited := changed(recorded, present):
        print(f"Landed migrations were edited or taken away: {', '.join(edited)}", file=sys.stderr)
        print("Put them back, and write a new migration. Of one that has not landed: remove its line from")
        print(f"{RECORD.relative_to(ROOT)} first.")
        return 1
    schema_objects.EXPECTED.write_text(schema_objects.text_of(_migrated()), "utf-8")
    RECORD.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(present.items())))
    for name in sorted(present.keys() - recorded.keys()):
        print(f"recorded: {name} must not be edited any more once it has landed")
    return 0


def read() -> dict[str, str]:
    """The hash of each recorded migration by its path."""
    lines = (line.split() for line in RECORD.read_text().splitlines()) if RECORD.exists() else ()
    return {name: digest for digest, name in lines}


def hashes(root: Path) -> dict[str, str]:
    """The hash of each migration below `root` by its path."""
    return {
        str(path.relative_to(root)): hashlib.sha256(
            _MODULE.sub(b"from . import", path.read_bytes())
        ).hexdigest()
        for path in root.glob(MIGRATIONS)
    }


def changed(recorded: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """The recorded migrations that are not there any more as they were."""
    return sorted(name for name, digest in recorded.items() if present.get(name) != digest)


def _migrated() -> schema_objects.Objects:
    """What the migrations make of an empty database."""
    with tempfile.TemporaryDirectory(prefix="melikgazi-migrations-") as folder:
        [server] = (each for each in services.needed(Path(folder), {}) if isinstance(each, Postgres))
        prepared.give_migrated(server)
        with (
            services.running([server]),
            psycopg.connect(host=str(server.sockets), user=USER, dbname=DATABASE) as connection,
        ):
            return schema_objects.read(connection.cursor())


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
