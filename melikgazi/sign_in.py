"""Sign-in to the back office, throttled after too many wrong passwords (sign_in_throttle)."""

from datetime import datetime
from ipaddress import ip_address
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.utils import timezone
from typing_extensions import override
from unfold.forms import AuthenticationForm

from departments.models import SignIn
from departments.organisation import sign_in_throttle
from tickets.api_clients.callers import address_of


class ThrottledBackend(ModelBackend):
    """Django's model backend; a locked name or address is refused without checking the password."""

    @override
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        if username is None or password is None:
            return None
        entry = sign_in_throttle.record_attempt(
            username=username, address=_address(request), now=timezone.now()
        )
        if entry.result == SignIn.Result.LOCKED:
            raise PermissionDenied
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            sign_in_throttle.mark_successful(entry)
        return user


class ThrottledSignInForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no type hints
    """The form of the sign-in page; its error says when the account or address is locked."""

    @override
    def get_invalid_login_error(self) -> ValidationError:
        username, now = self.cleaned_data.get("username", ""), timezone.now()
        if _is_locked(self.request, username, now):
            minutes = int(sign_in_throttle.WITHIN.total_seconds() // 60)
            return ValidationError(
                f"Çok fazla yanlış deneme yapıldı. {minutes} dakika sonra yeniden deneyin ya da yöneticinizden "
                "kilidi açmasını isteyin.",
                code="locked",
            )
        error: ValidationError = super().get_invalid_login_error()
        return error


def _is_locked(request: HttpRequest | None, username: str, now: datetime) -> bool:
    return sign_in_throttle.is_locked(username=username, address=_address(request), now=now)


def _address(request: HttpRequest | None) -> str | None:
    try:
        return str(ip_address(address_of(request))) if request else None
    except ValueError:
        return None
