"""What is weak or contradictory in the settings, with how to mend it: `manage.py check`, and `check --deploy` before
the line is opened to citizens. What is missing altogether ends the start (configuration/environment.py)."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import DatabaseError

from melikgazi.configuration.checks import files, installation, line, people
from melikgazi.configuration.checks.rule import SettingRule
from melikgazi.database import schema

ALWAYS = installation.ALWAYS + line.ALWAYS + people.ALWAYS + files.ALWAYS
DEPLOY = installation.DEPLOY + line.DEPLOY + people.DEPLOY + files.DEPLOY


def register() -> None:
    """Makes Django run the rules; those of `DEPLOY` only with --deploy."""
    checks.register(lambda **_: run(ALWAYS), checks.Tags.security)
    checks.register(lambda **_: run(DEPLOY), checks.Tags.security, deploy=True)
    checks.register(tables_as_expected, checks.Tags.database)


def run(rules: tuple[SettingRule, ...]) -> list[checks.CheckMessage]:
    """The faults found, in the order of the rules."""
    return [message for rule in rules for message in rule.check()]


def tables_as_expected(*, databases: "Sequence[str] | None" = None, **_: Any) -> list[checks.CheckMessage]:
    """With `--database default`, and before each migration: whether the tables are what this version expects."""
    try:
        found = schema.differences() if databases else []
    except DatabaseError:
        return []  # who asks for the tables next says so
    if not found:
        return []
    text, hint = schema.difference_text(found).rsplit("\n", 1)
    return [checks.Error(text, hint=hint, id="melikgazi.E060")]
