"""Authentication of API keys: expiry, rate limit and scopes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from typing_extensions import override

from tickets.api_clients import rate_limits
from tickets.api_clients.callers import count_wrong_key
from tickets.api_clients.keys import ExpiredKeyError, check_key
from tickets.api_clients.models.clients import ApiKey
from tickets.api_clients.models.scopes import Scope
from tickets.record.permissions import act_for

if TYPE_CHECKING:  # the framework imports this module while it is importing its views
    from rest_framework.views import APIView


class KeyExpired(AuthenticationFailed):
    """The key has expired; the detail says what to do."""


class OutOfScope(PermissionDenied):
    default_detail = "API anahtarı bu işlem için verilmemiş. Yönetimden yetkisini genişletmesini isteyin."


class KeyAuthentication(TokenAuthentication):
    """`Authorization: Token …`, checked for the key's expiry and rate limit.

    Every call counts towards the limit, also one that is refused later; those with a wrong key by their address.
    """

    @override
    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        now = timezone.now()
        try:
            found: tuple[User, ApiKey] | None = super().authenticate(request)
        except AuthenticationFailed:
            wrong = count_wrong_key(request._request, now)
            if wrong.exceeded:
                raise Throttled(wrong.reset) from None
            raise
        if found:
            _, key = found
            rate = rate_limits.count_key(request._request, key.pk, key.per_minute, now)
            if rate.exceeded:
                raise Throttled(rate.reset)
        return found

    @override
    def authenticate_credentials(self, key: str) -> tuple[User, ApiKey]:
        try:
            row = check_key(key, timezone.now())
        except ExpiredKeyError as error:
            raise KeyExpired(str(error)) from error
        if row is None:
            raise AuthenticationFailed
        if row.department:
            act_for(row.user, row.department)
        return row.user, row


class WithinScope(BasePermission):
    """Whether the key has the scope that the view declares in `scopes`: by the name of its action, else of its method.

    What a view does not declare is refused to every key. For somebody signed in with a session only their roles count.
    """

    @override
    def has_permission(self, request: Request, view: "APIView") -> bool:
        key: object = request.auth
        if not isinstance(key, ApiKey):
            return True
        scope = scope_of(view, str(request.method))
        if scope is None and request.method not in view.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        if scope is None or not key.allows(scope):
            raise OutOfScope
        return True


def scope_of(view: "APIView", method: str) -> Scope | None:
    """The scope that a key needs for this call; None where the view declares none. OPTIONS describes what GET shows."""
    declared: Mapping[str, Scope] = getattr(view, "scopes", {})
    name = getattr(view, "action", None) or {"HEAD": "get"}.get(method, method.lower())
    if name in ("metadata", "options"):
        return next(iter(declared.values()), None)
    return declared.get(name)


def may_read(request: Request) -> bool:
    """Whether an answer may show tickets: not to a key that only writes."""
    key: object = request.auth
    return not isinstance(key, ApiKey) or key.allows(Scope.READ)
