#!/bin/sh
# The whole move in a clone: all.sh FROM INTO DESIGN
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$2"; git clone -q "$1" "$2"
python3 "$here/move.py" "$2" "$3"
python3 "$here/post.py" "$2"
cd "$2"; git add -A
ln -sfn /work/main/.venv .venv
.venv/bin/ruff check --fix -q . || true
.venv/bin/ruff format -q .
.venv/bin/python -c '
from tooling import landed_migrations as record
from tooling.bootstrap import ROOT
record.RECORD.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(record.hashes(ROOT).items())))'
