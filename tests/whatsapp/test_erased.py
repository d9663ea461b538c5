"""What keeps an erased person from coming back with a delivery that Meta sends once more."""

import pytest
from pytest_django import Settings

from whatsapp.models.erased import ErasedUpdate


@pytest.mark.django_db
def test_an_update_is_known_as_erased_after_the_key_has_changed(settings: Settings) -> None:
    settings.SECRET_KEY, settings.ENCRYPTION_KEYS = "first", []
    ErasedUpdate.objects.remember(["a"])
    settings.SECRET_KEY, settings.ENCRYPTION_KEYS = "second", ["new", "first"]
    assert ErasedUpdate.objects.among(["a", "b"]) == {"a"}
