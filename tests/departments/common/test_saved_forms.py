"""Saving a form of the back office overwrites nothing that was written to its row at the same time."""

from typing import Any

import psycopg
import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from departments.common.model_admin import ModelAdmin
from departments.models import SpecialDay


@pytest.mark.django_db(transaction=True)
def test_another_write_waits_while_a_form_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    day = SpecialDay.objects.create(day="2027-03-09", name="Bayram")
    tried: list[type[Exception]] = []

    def after_another_write(self: ModelAdmin, request: Any, obj: Any, form: Any, change: bool) -> None:
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
            other.execute("SET lock_timeout = '50ms'")
            try:
                other.execute("UPDATE departments_specialday SET name = 'x' WHERE id = %s", [obj.pk])
            except psycopg.Error as error:
                tried.append(type(error))
        obj.save()

    monkeypatch.setattr(ModelAdmin, "save_model", after_another_write)
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    page = reverse("admin:departments_specialday_change", args=[day.pk])
    client.post(page, {"day": "09.03.2027", "name": "Arife"})
    assert tried == [psycopg.errors.LockNotAvailable]
    assert SpecialDay.objects.get().name == "Arife"


@pytest.mark.django_db
def test_the_row_of_a_form_is_read_after_it_is_locked(
    monkeypatch: pytest.MonkeyPatch, rf: RequestFactory
) -> None:
    day = SpecialDay.objects.create(day="2027-03-09", name="Bayram")

    def written_meanwhile(*_: Any) -> bool:
        SpecialDay.objects.update(name="Arife")
        return True

    monkeypatch.setattr(ModelAdmin, "has_change_permission", written_meanwhile)
    found = ModelAdmin(SpecialDay, admin.site).get_object(rf.post("/"), str(day.pk))
    assert found.name == "Arife"
