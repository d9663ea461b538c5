"""The web server: granian, `python -m melikgazi.web` with granian's own options.

Everything is imported before granian forks its processes, so that they share it.
"""

import gc
import os
from importlib import import_module


def main() -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process that forks has no thread but its own
    gc.disable()
    _load()
    gc.freeze()  # before the forks: what is never looked through for garbage stays shared
    gc.enable()
    from granian.cli import entrypoint

    entrypoint()  # type: ignore[no-untyped-call]  # granian is not typed


def _load() -> None:
    import_module("melikgazi.wsgi")  # sets Django up; then
    import_module("melikgazi.urls")  # imports every page


if __name__ == "__main__":
    main()
