"""Forgets old sign-ins. How long they are kept: departments/common/retention_periods.py."""

from datetime import datetime, timedelta

from django.db import connection

from departments.common.retention_periods import SIGN_INS
from departments.staff.models import SignIn
from departments.staff.throttle import NOBODY, WITHIN

_FOLD = """
WITH gone AS (DELETE FROM departments_signin WHERE name LIKE %(nobody)s AND at < %(before)s RETURNING address, at)
INSERT INTO departments_signin (at, name, address, result, times)
SELECT date_trunc('minute', at) AS minute, %(together)s, address, %(wrong)s, count(*) FROM gone GROUP BY minute, address
"""


def forget(now: datetime) -> None:
    """Deletes those older than SIGN_INS days; those with names that nobody has become one row a minute and address."""
    with connection.cursor() as cursor:
        names = {"nobody": f"{NOBODY} %", "together": NOBODY, "wrong": SignIn.Result.WRONG}
        cursor.execute(_FOLD, names | {"before": now - WITHIN})
    SignIn.objects.filter(at__lt=now - timedelta(days=SIGN_INS)).delete()
