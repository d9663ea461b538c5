"""Signing in with user name and password, throttled after too many wrong ones (departments.staff.throttle)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from ipaddress import ip_address
from threading import Semaphore
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.utils import timezone
from typing_extensions import override
from unfold.forms import AuthenticationForm

from departments.models import SignIn
from departments.staff import known_devices, second_factor, throttle
from tickets.api_clients.callers import address_of, count_call
from tickets.undo.actions import with_desk

KNOWN_WAIT = 2.0  # seconds
# To hash a password takes a fifth of a second of a processor. One thread of the process does it for browsers that
# nobody knows, one for those in which the account signed in before: strangers keep neither them nor the site waiting.
_strangers_turn, _known_turn = Semaphore(), Semaphore()


class NotNowError(Exception):
    """The password was not looked at, whoever's it is; the same may be tried again in so many `seconds`."""

    def __init__(self, status: int, seconds: int) -> None:
        super().__init__(f"{status}, again in {seconds} s")
        self.status, self.seconds = status, seconds


class ThrottledBackend(ModelBackend):
    """Django's model backend; where too many passwords were wrong the next one is refused without checking it."""

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
        who = whence(request, username)
        if request and not who["device"]:
            _count_stranger(
                request
            )  # also those whose password is not looked at: they keep others from their turn
        with _turn(known=bool(who["device"])):
            entry = throttle.record_attempt(now=timezone.now(), **who)
            if entry.result == SignIn.Result.LOCKED:
                raise PermissionDenied
            user = super().authenticate(request, username, password, **kwargs)
        if isinstance(user, User):
            throttle.mark_successful(entry, code_is_next=second_factor.is_asked_of(user))
        return user

    @override
    def get_user(self, user_id: int) -> Any:
        """Whose session it is, with what the bar at the foot of each page asks of them, in the same statement."""
        user = with_desk(User.objects.filter(pk=user_id), timezone.now()).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    @override
    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """What somebody may, by themselves and by their groups, in one statement instead of Django's two."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            every = Permission.objects.order_by().values_list("content_type__app_label", "codename")
            own = every.filter(user=user_obj).union(every.filter(group__user=user_obj))
            rows = every if user_obj.is_superuser else own
            user_obj._perm_cache = {f"{app}.{name}" for app, name in rows}
        found: set[str] = user_obj._perm_cache
        return found


@contextmanager
def _turn(*, known: bool) -> Iterator[None]:
    """Strangers do not wait for theirs: each would hold a thread of the site."""
    turn = _known_turn if known else _strangers_turn
    if not turn.acquire(timeout=KNOWN_WAIT if known else 0):
        raise NotNowError(503, 1)
    try:
        yield
    finally:
        turn.release()


def _count_stranger(request: HttpRequest) -> None:
    rate = count_call(request, "sign-in", throttle.STRANGERS_PER_MINUTE, timezone.now())
    if rate.exceeded:
        raise NotNowError(429, rate.reset)


class ThrottledSignInForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no type hints
    """The form of the sign-in page; its error says when the account is locked, and what helps."""

    @override
    def get_invalid_login_error(self) -> ValidationError:
        username, now = self.cleaned_data.get("username", ""), timezone.now()
        if _is_locked(self.request, username, now):
            return ValidationError(locked_sentence(), code="locked")
        error: ValidationError = super().get_invalid_login_error()
        return error


def locked_sentence() -> str:
    """What somebody reads who is stopped by the throttle."""
    minutes = int(throttle.WITHIN.total_seconds() // 60)
    return (
        f"Çok fazla yanlış deneme yapıldı. {minutes} dakika sonra yeniden deneyin ya da yöneticinizden "
        "kilidi açmasını isteyin."
    )


def whence(request: HttpRequest | None, username: str) -> dict[str, Any]:
    """Who tries from where, as the throttle counts it: name, address, and the browser if the name is known in it."""
    return {
        "username": username,
        "address": _address(request),
        "device": known_devices.mark_for(request, username),
    }


def _is_locked(request: HttpRequest | None, username: str, now: datetime) -> bool:
    return throttle.is_locked(now=now, **whence(request, username))


def _address(request: HttpRequest | None) -> str | None:
    try:
        return str(ip_address(address_of(request))) if request else None
    except ValueError:
        return None
