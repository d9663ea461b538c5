"""The objects that the database's tables consist of, and how they differ from those that this version expects.

`expected_schema.txt` is what the migrations of this version make of an empty database, an object a line; bin/migrations
writes it and a test holds it to the migrations. The order of columns does not matter, nor does where a version of
PostgreSQL (15 to 18), or the restore of a dump, puts brackets and casts. What is there beside it matters only where it
can refuse a row.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

EXPECTED = Path(__file__).with_name("expected_schema.txt")
TURKISH = {
    "table": "tablosu",
    "column": "sütunu",
    "constraint": "kısıtı",
    "index": "dizini",
    "trigger": "tetikleyicisi",
    "function": "işlevi",
    "extension": "eklentisi",
}
# Kind, name and definition of each. What belongs to an extension is the extension's business; NOT NULL stands in the
# columns, though PostgreSQL 18 has a constraint of it as well.
_OBJECTS = """
WITH mine AS (
    SELECT oid, relname, relkind FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
)
SELECT 'table', relname::text, CASE WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'table' END FROM mine
UNION ALL
SELECT 'column', relname || '.' || attname, concat_ws(' ',
    format_type(atttypid, atttypmod),
    CASE WHEN attcollation <> typcollation THEN 'COLLATE ' || collname END,
    CASE WHEN attnotnull THEN 'NOT NULL' END,
    CASE attidentity WHEN '' THEN NULL ELSE 'IDENTITY' END,
    CASE attgenerated WHEN '' THEN 'DEFAULT ' ELSE 'GENERATED ' END || pg_get_expr(adbin, adrelid))
FROM mine JOIN pg_attribute ON attrelid = mine.oid AND attnum > 0 AND NOT attisdropped
    JOIN pg_type ON pg_type.oid = atttypid
    LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT 'constraint', relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid)
FROM mine JOIN pg_constraint ON conrelid = mine.oid WHERE contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT 'index', mine.relname || '.' || made.relname,
    concat_ws(' ', pg_get_indexdef(indexrelid), CASE WHEN NOT indisvalid THEN 'INVALID' END)
FROM mine JOIN pg_index ON indrelid = mine.oid JOIN pg_class made ON made.oid = indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'trigger', relname || '.' || tgname,
    concat_ws(' ', pg_get_triggerdef(pg_trigger.oid),
        CASE tgenabled WHEN 'O' THEN NULL ELSE 'tgenabled ' || tgenabled::text END)
FROM mine JOIN pg_trigger ON tgrelid = mine.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'function', proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ')', concat_ws(' ',
    pg_get_function_result(pg_proc.oid), provolatile::text, CASE WHEN prosecdef THEN 'SECURITY DEFINER' END,
    array_to_string(proconfig, ','), md5(regexp_replace(prosrc, '\\s+', ' ', 'g')))
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind <> 'a' AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
UNION ALL
SELECT 'extension', extname, '' FROM pg_extension WHERE extname <> 'plpgsql'
"""
# A dump that is loaded has its casts elsewhere: (ARRAY['a'::character varying])::text[], ARRAY[('a'::…)::text].
_INSIGNIFICANT = re.compile(
    r"::(?:character varying|timestamp with time zone|double precision|\w+)(?:\(\d+\))?(?:\[\])*|[\s()\"]|\bpublic\."
)
_UNIQUE = "CREATE UNIQUE INDEX"


class SchemaObject(NamedTuple):
    """A column, a constraint, … of the schema `public`. `name` begins with its table's, and a dot."""

    kind: str
    name: str


class Cursor(Protocol):
    def execute(self, query: Any) -> Any: ...
    def fetchall(self) -> list[Any]: ...


Objects = Mapping[SchemaObject, str]  # with the definition of each, as the server writes it


def read(cursor: Cursor) -> Objects:
    """What the database of the cursor consists of."""
    cursor.execute(_OBJECTS)
    return {SchemaObject(kind, name): definition for kind, name, definition in cursor.fetchall()}


def expected() -> Objects:
    """What this version expects."""
    lines = EXPECTED.read_text("utf-8").splitlines()
    return {SchemaObject(*line.split("\t")[:2]): line.split("\t")[2] for line in lines}


def text_of(objects: Objects) -> str:
    """As it stands in EXPECTED."""
    return "".join(
        f"{each.kind}\t{each.name}\t{' '.join(objects[each].split())}\n" for each in sorted(objects)
    )


def differences(found: Objects, wanted: Objects) -> list[str]:
    """What would make this version fail on such tables, a Turkish phrase each; empty where nothing does."""
    absent = wanted.keys() - found.keys()
    tables = {each.name for each in absent if each.kind == "table"}
    missing = {each for each in absent if each.kind == "table" or _table(each) not in tables}
    changed = {
        each for each in wanted.keys() & found.keys() if _essence(found[each]) != _essence(wanted[each])
    }
    known = {each.name for each in wanted if each.kind == "table"}
    added = {
        each
        for each in found.keys() - wanted.keys()
        if _table(each) in known and _refuses_rows(each, found[each])
    }
    return [
        *(f"{each.name} {TURKISH[each.kind]} yok" for each in sorted(missing)),
        *(
            f"{each.name} {TURKISH[each.kind]} başka: “{found[each]}”, beklenen “{wanted[each]}”"
            for each in sorted(changed)
        ),
        *(f"{each.name} {TURKISH[each.kind]} bu sürümde yok: “{found[each]}”" for each in sorted(added)),
    ]


def _table(each: SchemaObject) -> str:
    return each.name.partition(".")[0]


def _refuses_rows(each: SchemaObject, definition: str) -> bool:
    """Whether an object that this version does not know can refuse what it writes."""
    if each.kind == "column":
        return "NOT NULL" in definition and not re.search(r" (DEFAULT|GENERATED|IDENTITY)\b", definition)
    return each.kind in ("constraint", "trigger") or definition.startswith(_UNIQUE)


def _essence(definition: str) -> str:
    """Without what differs between versions of PostgreSQL, with the search path, and after a restore."""
    return _INSIGNIFICANT.sub("", definition)
