"""The base data, put into the database of a test in one statement for each table."""

import functools

from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from departments import cache
from departments.base_data import load_base_data
from departments.models import Agency, Category, Department, Neighbourhood, TargetVersion

TABLES: tuple[type[Model], ...] = (Agency, Department, Neighbourhood, Category, TargetVersion)


def put_base_data() -> None:
    """Departments, categories, agencies and mahalleler as the system starts with them, where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(_statements())
    cache.refresh()


@functools.cache
def _statements() -> str:
    """Read from the files once: to say the same to the database again costs a thirtieth."""
    with transaction.atomic():
        load_base_data()
        rows = [list(table._default_manager.all()) for table in TABLES]
        transaction.set_rollback(True)
    with transaction.atomic(), CaptureQueriesContext(connection) as said:
        for table, each in zip(TABLES, rows, strict=True):
            table._default_manager.bulk_create(each)
        transaction.set_rollback(True)
    return ";".join(query["sql"] for query in said)
