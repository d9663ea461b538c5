"""How long a row that a worker has claimed is left to it: longer than the work can last.

A lease that ends sooner lets a second worker begin while the first still works: two messages, mails or calls. So every
lease is derived here from what limits the work: the deadline of a call, or the hard limit of a task, after which the
worker's parent kills it. tests/test_limits.py compares all of them.
"""

from datetime import timedelta

# For what is no part of a limit: a wait for the pace, a clock that is behind, a parent that looks every 0.2 s.
MARGIN = timedelta(seconds=5)


def beyond(*seconds: float) -> timedelta:
    """A lease for work that lasts so many seconds together at most."""
    return timedelta(seconds=sum(seconds)) + MARGIN
