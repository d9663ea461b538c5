"""Refuses that a row is saved whole by code of the project."""

import sys
from pathlib import Path
from typing import Any

from django.db import models
from django.db.models import base

ROOT = Path(__file__).parents[1]
OURS = tuple(str(ROOT / name) for name in ("departments", "melikgazi", "tickets", "whatsapp"))


def by_column(
    sender: type[models.Model], instance: models.Model, update_fields: Any, raw: bool, **_: Any
) -> None:
    """For the signal pre_save: raises AssertionError where a row that is in the database is saved without
    `update_fields`, and code of the project said so.
    """
    if instance._state.adding or update_fields is not None or raw:
        return
    frame = sys._getframe()
    while frame.f_code.co_filename != base.__file__:  # the signal's own
        frame = _above(frame)
    while frame.f_code.co_name in (
        "save",
        "save_base",
        "inner",
    ):  # Model.save, and what a model does beside it
        frame = _above(frame)
    where = frame.f_code.co_filename
    assert not where.startswith(OURS), (
        f"{where}:{frame.f_lineno} saves a {sender.__name__} whole: name its columns (update_fields)"
    )


def _above(frame: Any) -> Any:
    assert frame.f_back is not None
    return frame.f_back
