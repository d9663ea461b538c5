"""The form of one's own password. It loads the forms of the back office's theme, which workers never need."""

from typing import Any

from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from typing_extensions import override
from unfold.forms import AdminOwnPasswordChangeForm

from departments.staff import throttle
from melikgazi.sign_in.passwords import locked_sentence, whence


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]  # unfold has no type hints
    """Wrong old passwords are counted as at any other sign-in (docs/decisions/0011)."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    @override
    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if authenticate(self._request, username=self.user.get_username(), password=old) != self.user:
            if throttle.is_locked(now=timezone.now(), **whence(self._request, self.user.get_username())):
                raise ValidationError(locked_sentence(), code="locked")
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old
