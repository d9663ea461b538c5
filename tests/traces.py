"""A search of everything that is kept: every column of every table, whatever will be added, and every file."""

import json
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

from departments.text.folding import fold


def everything() -> list[str]:
    """Each row of the database as text, its table before it; bytes stand there in hexadecimal."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT to_jsonb(kept)::text FROM "{table}" kept')
            rows += [f"{table} {row}".lower() for (row,) in cursor.fetchall()]
    return rows


def forms(word: str) -> set[str]:
    """How a word may stand in a row: as it is, folded for a search, escaped or encoded in a body or in an id."""
    escaped = json.dumps(word)[1:-1]
    plain = {word, fold(word), escaped, word.encode().hex(), escaped.encode().hex()}
    return {form.lower() for form in plain | {b64encode(word.encode()).decode().rstrip("=")}}


def traces(words: Iterable[str], known: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Each of the words that is found, with the row that it is in; rows that are `known` are no trace."""
    rows = set(everything()) - set(known)
    return [(word, row) for word in words for row in rows if any(form in row for form in forms(word))]


def files(root: Path) -> dict[str, bytes]:
    """What lies below the folder, by its path in it."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
