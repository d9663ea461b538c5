"""A large query is composed once, and answered for the moments and keys of each asking."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet

from departments.common import composed_queries
from departments.models import Department

pytestmark = pytest.mark.django_db
LONG_AGO, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


def keys_up_to(made: list[str], key: int) -> QuerySet[Any, Any]:
    made.append("composed")
    return Department.objects.filter(pk__lte=key).order_by("pk").values_list("code")


def test_each_asking_has_its_own_values_in_a_statement_composed_once() -> None:
    rows = [Department.objects.create(code=code, name=code) for code in ("A1", "B2")]
    made: list[str] = []
    asked = [
        composed_queries.ask("test: up to", lambda key: keys_up_to(made, key), (row.pk,)) for row in rows
    ]
    assert asked == [[("A1",)], [("A1",), ("B2",)]]
    assert made == ["composed"]


def test_a_moment_is_that_of_the_asking() -> None:
    User.objects.create_user("somebody")

    def joined_by(moment: datetime) -> QuerySet[Any, Any]:
        return User.objects.filter(date_joined__lte=moment).values_list("username")

    asked = [composed_queries.ask("test: joined", joined_by, (moment,)) for moment in (LONG_AGO, LATER)]
    assert [("somebody",) in each for each in asked] == [False, True]


def test_what_finds_nothing_whatever_there_is_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert composed_queries.ask("test: nobody", lambda: Department.objects.none().values_list("pk")) == []
