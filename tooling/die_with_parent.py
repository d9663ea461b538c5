"""Runs a server whose forked workers end with it: `die_with_parent MODULE:FUNCTION ARGUMENT…`.

A supervisor can ask the kernel to end its children with it, but not theirs: a web or task server killed at once would
leave its workers behind. Here every fork asks again, so the whole line ends, whichever link is cut.
"""

import importlib
import os
import sys

from tooling.processes import die_with_parent


def main() -> None:
    target, *arguments = sys.argv[1:]
    module, _, function = target.partition(":")
    tie_forks()
    sys.argv = [module, *arguments]
    getattr(importlib.import_module(module), function)()


def tie_forks() -> None:
    """From now on every process forked from this one, and from those in turn, ends with its parent."""
    forking = os.getpid()

    def remember() -> None:
        nonlocal forking
        forking = os.getpid()

    os.register_at_fork(before=remember, after_in_child=lambda: die_with_parent(forking))


if __name__ == "__main__":
    main()
