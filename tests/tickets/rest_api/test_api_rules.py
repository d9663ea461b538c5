"""The OpenAPI schema of the REST API by the rules of Redocly and Spectral, and a client in TypeScript made from it.

Their programs come by npm (tooling/supply.py); where they are not, this is skipped and says so.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from tooling.supply import OPENAPI, node_program

pytestmark = pytest.mark.skipif(
    not node_program("redocly").exists(), reason="Redocly is not installed (tooling.supply.install_node)"
)
REASON_TO_ASK_NOBODY = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    file = tmp_path / "schema.yaml"
    call_command("spectacular", file=str(file))
    return file


def said(folder: Path, program: str, *arguments: str) -> str:
    """What a program says of the schema in its folder; empty where it has nothing against it."""
    done = subprocess.run(
        [node_program(program), *arguments],
        cwd=folder,
        env=os.environ | REASON_TO_ASK_NOBODY,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else f"{done.stdout}\n{done.stderr}"


def redocly(schema: Path) -> str:
    return said(schema.parent, "redocly", "lint", schema.name, "--config", str(OPENAPI / "redocly.yaml"))


def spectral(schema: Path) -> str:
    rules = ("--ruleset", str(OPENAPI / "spectral.yaml"), "--fail-severity", "hint")
    return said(schema.parent, "spectral", "lint", schema.name, *rules)


def test_redocly_and_spectral_have_nothing_against_the_schema(schema: Path) -> None:
    assert redocly(schema) == ""
    assert spectral(schema) == ""


def test_a_schema_that_breaks_their_rules_is_told_of(schema: Path) -> None:
    schema.write_text(
        schema.read_text().replace("operationId: tickets_list", "operationId: tickets_retrieve", 1)
    )
    assert "operation-operationId-unique" in redocly(schema) + spectral(schema)


def test_a_client_in_typescript_that_is_made_from_it_compiles_and_so_does_its_caller(schema: Path) -> None:
    assert said(schema.parent, "openapi-typescript", schema.name, "-o", "client.ts") == ""
    shutil.copy(OPENAPI / "caller.ts", schema.parent)
    assert said(schema.parent, "tsc", "--noEmit", "--strict", "caller.ts") == ""
