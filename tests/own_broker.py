"""A pytest plugin: gives each testing process a database of the broker for itself.

They share one Valkey, and the queues of the tests' workers have the same names: without this, a worker of one process
would take the tasks of another's.
"""

import os

_ADDRESS, _PROCESS = "BROKER_URL", "PYTEST_XDIST_WORKER"  # gw0, gw1, …
_DATABASES = 16  # of a Valkey


def _of_its_own(address: str, process: str) -> str:
    return f"{address}?virtual_host={int(process.removeprefix('gw')) % _DATABASES}"


# Before the settings are read, which is before any conftest.py is. Only the broker that bin/test started is shared out.
if _PROCESS in os.environ and os.environ.get(_ADDRESS, "").startswith("redis+socket://"):
    os.environ[_ADDRESS] = _of_its_own(os.environ[_ADDRESS], os.environ[_PROCESS])
