"""Single sign-on by OpenID Connect (Keycloak, ADFS, …), where OIDC_ISSUER names a provider (docs/decisions/0020).

Authlib does the protocol: state, nonce, PKCE, the ID token's signature, issuer, audience and expiry. Here it is decided
whose account that is, and whether the provider has asked for a second factor already.
"""

import logging
import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from joserfc.errors import JoseError

from departments.models import Department, ProviderIdentity, Role
from departments.staff import reauthentication, second_factor, sessions, throttle
from departments.staff.role_permissions import give_role
from melikgazi.sign_in.claims import Claims, OddClaim, read
from melikgazi.sign_in.gate import arriving
from melikgazi.sign_in.passwords import whence
from melikgazi.sign_in.steps import go_on, ours
from tickets.api_clients.callers import count_call

log = logging.getLogger(__name__)

BACKEND = "melikgazi.sign_in.passwords.ThrottledBackend"  # which reads the account of a session
SECONDS = 10  # for each answer of the provider
# Signatures that need the provider's own key: none with a secret that we share, none without any.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
ID_TOKEN, NEXT, PURPOSE = "provider_id_token", "provider_next", "provider_purpose"
CONFIRMING = "confirm"
# A provider that was asked to ask again says when it did; that may be so many seconds ago.
JUST_NOW = 300


class NotAccepted(Exception):
    """Why somebody whom the provider vouches for does not get in; a sentence for them."""


def _where_installed(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that is there only where OIDC_ISSUER names a provider; without one it does nothing but answer 404."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.OIDC_ISSUER:
            raise Http404
        return view(request)

    return guarded


@_where_installed
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Leads to the provider; with `?onay` only to prove again who is signed in already."""
    confirming = "onay" in request.GET and request.user.is_authenticated
    asked = {"prompt": "login", "max_age": 0} if confirming else {}
    to = request.GET.get("next", "")
    if count_call(request, "provider", throttle.SINGLE_SIGN_ON_PER_MINUTE, timezone.now()).exceeded:
        messages.error(request, "Çok sık denendi. Bir dakika sonra yeniden deneyin.")
        return redirect("admin:login")
    try:
        client = _client()
        response: HttpResponse = client.authorize_redirect(request, _return_address(), **asked)
    except (OSError, ValueError, KeyError, RuntimeError, OAuthError) as error:
        return _refused(request, f"{settings.OIDC_NAME} ile girişe şu anda ulaşılamıyor.", error)
    request.session[NEXT], request.session[PURPOSE] = to, CONFIRMING if confirming else ""
    return response


@_where_installed
@never_cache
@require_safe
def returned(request: HttpRequest) -> HttpResponse:
    """Where the provider sends people back to: signs them in, or refuses with a sentence."""
    to, purpose = ours(request, request.session.pop(NEXT, "")), request.session.pop(PURPOSE, "")
    try:
        token = _client().authorize_access_token(request, claims_options=_expected())
        claims = read(token["userinfo"])
        if purpose == CONFIRMING:
            return _confirmed(request, claims, to)
        user = _account(claims)
    except NotAccepted as refusal:
        return _refused(request, str(refusal), refusal)
    except OddClaim as odd:
        log.warning("the provider's claim is of another type", extra={"claim": str(odd)})
        return _refused(request, _odd_sentence(odd), odd)
    except (
        OAuthError,
        JoseError,
        OSError,
        ArithmeticError,
        LookupError,
        ValueError,
        TypeError,
        RuntimeError,
    ) as error:
        return _refused(request, f"{settings.OIDC_NAME} girişinizi doğrulamadı. Yeniden deneyin.", error)
    _sign_in(request, user, claims, token.get("id_token", ""))
    return go_on(request, user, to)


def _odd_sentence(odd: OddClaim) -> str:
    return (
        f"{settings.OIDC_NAME} bilgileriniz beklenen biçimde değil ({odd}). "
        "Bilgi İşlem’e haber verin; kurum girişinin ayarına bakmaları gerekir."
    )


def _sign_in(request: HttpRequest, user: User, claims: Claims, id_token: str) -> None:
    has_factor = bool(claims.factors & set(settings.OIDC_SECOND_FACTOR))
    login(request, user, backend=BACKEND)
    request.session[ID_TOKEN] = id_token
    request.session[sessions.FIRST] = False  # no password of ours was used
    if has_factor:
        sessions.give_second_factor(request)
    code_is_next = not has_factor and second_factor.is_asked_of(user)
    throttle.record_vouched_for(
        now=timezone.now(), code_is_next=code_is_next, **whence(request, user.get_username())
    )


def _confirmed(request: HttpRequest, claims: Claims, to: str) -> HttpResponse:
    user = arriving(request)
    who = ProviderIdentity.objects.filter(issuer=settings.OIDC_ISSUER, subject=claims.subject).first()
    if user is None or who is None or who.user_id != user.pk:
        raise NotAccepted("Başka bir hesapla doğruladınız. Kendi hesabınızla yeniden deneyin.")
    if abs(time.time() - claims.authenticated_at) > JUST_NOW:  # a time to come is no proof, either
        raise NotAccepted(
            f"{settings.OIDC_NAME} parolanızı yeniden sormadı; burada başka bir yolla doğrulayın."
        )
    reauthentication.confirm(request)
    return HttpResponseRedirect(to)


def knows(user: User) -> bool:
    """Whether somebody signed in through the provider before, and may prove there who they are."""
    return bool(settings.OIDC_ISSUER) and ProviderIdentity.objects.filter(user=user).exists()


def sign_out_address(request: HttpRequest) -> str | None:
    """The provider's address that ends the session there, too; None for a session that did not begin there."""
    id_token = request.session.get(ID_TOKEN)
    if not id_token or not settings.OIDC_ISSUER:
        return None
    back = settings.PUBLIC_URL + reverse("admin:login")
    try:
        address: str = _client().create_logout_url(
            post_logout_redirect_uri=back, id_token_hint=id_token, client_id=settings.OIDC_CLIENT_ID
        )["url"]
    except (OSError, ValueError, RuntimeError) as error:  # not there, or it has no such address
        log.warning("no sign-out at the provider: %s", type(error).__name__)
        return None
    return address


def _account(claims: Claims) -> User:
    """The account of whom the ID token names. NotAccepted where there is none, or it is not theirs."""
    known = ProviderIdentity.objects.filter(issuer=settings.OIDC_ISSUER, subject=claims.subject)
    if identity := known.select_related("user").first():
        user = identity.user
    else:
        try:
            with transaction.atomic():
                user = _match(claims) or _made(claims)
                ProviderIdentity.objects.create(
                    user=user, issuer=settings.OIDC_ISSUER, subject=claims.subject
                )
        except IntegrityError:
            raise NotAccepted(
                "Bu kullanıcı başka bir kurum hesabına bağlı. Yöneticinize haber verin."
            ) from None
    if not user.is_active:
        raise NotAccepted("Hesabınız kapalı. Yöneticinize haber verin.")
    return user


def _match(claims: Claims) -> User | None:
    """The one person whom the claim OIDC_CLAIM names; an e-mail address only if the provider has verified it."""
    if not claims.name:
        return None
    if settings.OIDC_CLAIM != "email":
        return User.objects.filter(username__iexact=claims.name).first()
    if not claims.email_is_verified:
        raise NotAccepted("Kurum hesabınızdaki e-posta adresi doğrulanmamış. Bilgi İşlem’e haber verin.")
    found = list(User.objects.filter(email__iexact=claims.name)[:2])
    return found[0] if len(found) == 1 else None


def _made(claims: Claims) -> User:
    """A new account with the roles that OIDC_ROLES gives to the claimed groups. NotAccepted where it gives none."""
    roles = [settings.OIDC_ROLES[group] for group in claims.groups if group in settings.OIDC_ROLES]
    if not roles or not claims.name or User.objects.filter(username__iexact=claims.name).exists():
        raise NotAccepted(
            "Bu kurum hesabı için Çözüm Hattı’nda kullanıcı yok. Yöneticinizden açmasını isteyin."
        )
    departments = Department.objects.in_bulk({code for _, code in roles if code}, field_name="code")
    if unknown := {code for _, code in roles if code} - set(departments):
        log.error("OIDC_ROLES names departments that there are not: %s", ", ".join(sorted(unknown)))
        raise NotAccepted("Kurum girişi eksik kurulmuş: bir müdürlük tanınmıyor. Bilgi İşlem’e haber verin.")
    user = User(
        username=claims.name[:150],
        email=claims.email[:254],
        first_name=claims.given_name[:150],
        last_name=claims.family_name[:150],
        is_staff=True,
    )
    user.set_unusable_password()
    user.save()
    for role, code in roles:
        give_role(user, Role(role), departments.get(code))
    return user


def _refused(request: HttpRequest, sentence: str, error: Exception) -> HttpResponse:
    log.warning("single sign-on refused: %s %s", type(error).__name__, getattr(error, "error", ""))
    messages.error(request, sentence)
    return redirect("admin:login")


def _return_address() -> str:
    return f"{settings.PUBLIC_URL}{reverse('kurum_donus')}"


def _expected() -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
    }


def _client() -> Any:
    return _registered(
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET, settings.OIDC_SCOPES
    )


@cache
def _registered(issuer: str, client_id: str, secret: str, scopes: str) -> Any:
    """Authlib's client, with what the provider says of itself; asked once, its keys again when it has new ones."""
    client = OAuth().register(
        "provider",
        client_id=client_id,
        client_secret=secret or None,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": scopes, "code_challenge_method": "S256", "default_timeout": SECONDS},
    )
    said = client.load_server_metadata()
    if said.get("issuer") != issuer:
        raise ValueError("the provider names another issuer")
    offered = said.get("id_token_signing_alg_values_supported") or ["RS256"]
    said["id_token_signing_alg_values_supported"] = [each for each in offered if each in ALGORITHMS]
    return client
