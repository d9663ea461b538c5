"""What an ID token says of somebody, read once and checked by type: its writer is another program."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from departments.models import ProviderIdentity

_LONGEST_SUBJECT = ProviderIdentity._meta.get_field("subject").max_length


class OddClaim(Exception):
    """A claim is missing, or not of the type that OpenID Connect gives it; its name."""


@dataclass(frozen=True)
class Claims:
    """`name` is the value of the claim OIDC_CLAIM; `authenticated_at` seconds since 1970, 0 where it is not told.

    `factors` are all values of `amr` and `acr`.
    """

    subject: str
    name: str
    email: str
    email_is_verified: bool
    given_name: str
    family_name: str
    groups: tuple[str, ...]
    factors: frozenset[str]
    authenticated_at: int


def read(said: Mapping[str, Any]) -> Claims:
    """The claims of a verified ID token. Raises OddClaim."""
    subject = _text(said, "sub")
    if not subject or len(subject) > (_LONGEST_SUBJECT or 0):
        raise OddClaim("sub")
    return Claims(
        subject=subject,
        name=_text(said, settings.OIDC_CLAIM),
        email=_text(said, "email"),
        email_is_verified=said.get("email_verified") is True,
        given_name=_text(said, "given_name"),
        family_name=_text(said, "family_name"),
        groups=_texts(said, settings.OIDC_GROUPS_CLAIM),
        factors=frozenset((*_texts(said, "amr"), _text(said, "acr"))) - {""},
        authenticated_at=_seconds(said, "auth_time"),
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    """Without control characters and halves of letters, which no column holds; empty where it is missing."""
    value = said.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or not value.isprintable():
        raise OddClaim(name)
    return value.strip()


def _texts(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of strings; some providers write a list of one as a string alone."""
    value = said.get(name)
    if value is None:
        return ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list):
        raise OddClaim(name)
    return tuple(_text({name: each}, name) for each in values)


def _seconds(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise OddClaim(name)
    return value
