"""What keeps an erased person from coming back with a delivery that Meta sends once more."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from whatsapp.conversations.models.erased import KEPT_FOR, ErasedUpdate


@pytest.mark.django_db
def test_an_update_is_known_as_erased_after_the_key_has_changed(settings: Settings) -> None:
    settings.SECRET_KEY, settings.ENCRYPTION_KEYS = "first", []
    ErasedUpdate.objects.remember(["a"])
    settings.SECRET_KEY, settings.ENCRYPTION_KEYS = "second", ["new", "first"]
    assert ErasedUpdate.objects.among(["a", "b"]) == {"a"}


@pytest.mark.django_db
def test_what_meta_can_no_longer_send_again_is_known_no_more() -> None:
    ErasedUpdate.objects.remember(["a", "b"])
    old = ErasedUpdate.objects.order_by("id")[:1].get()
    ErasedUpdate.objects.filter(pk=old.pk).update(erased_at=timezone.now() - KEPT_FOR - timedelta(seconds=1))
    ErasedUpdate.objects.remember(["c"])
    assert ErasedUpdate.objects.among(["a", "b", "c"]) == {"b", "c"}
