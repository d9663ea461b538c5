"""Processes that are really killed over their work."""

import os
import signal
import warnings
from collections.abc import Callable
from typing import NoReturn

from django.db import connections


def die_of(*_: object, **__: object) -> NoReturn:
    """What is put in the place of a piece of work: its process is killed over it."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def killed_at(work: Callable[[], object]) -> bool:
    """Whether a process of its own, forked from this one, was killed at the work. Its rows have to be committed."""
    connections.close_all()  # it has connections of its own
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # of forking beside the threads of a server of the test
        child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
