"""Sessions of staff: what is still missing before one opens anything, when it ends, and which ones somebody has.

How long a session lasts is counted by the computer's own clock: that of a trial may jump by days.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from departments.staff import password_rules, second_factor
from departments.staff.models import StaffSession

# Kept in the session: moments in seconds since 1970, and what was given at the sign-in.
BEGAN, SEEN, AUTHENTICATED = "began", "seen", "authenticated"
GIVEN, FIRST = "second_factor", "first_password"
# What the back office asks for by itself, marked by its scripts, does not keep a session alive.
BACKGROUND_HEADER = "X-Background"
# A request within that time of the last one writes nothing.
SEEN_EVERY = 60


class MissingStep(Enum):
    """What somebody who gave a right password has still to do."""

    SIGN_IN_AGAIN = "again"
    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - the name of a step
    ENROL = "enrol"


def begin(request: HttpRequest, user: User, **_: Any) -> None:
    """At each sign-in (`user_logged_in`): the session starts anew, with the second factor still to be given."""
    now = int(time.time())
    request.session.update(
        {BEGAN: now, SEEN: now, AUTHENTICATED: now, FIRST: password_rules.must_change(user)}
    )
    request.session.pop(GIVEN, None)
    keep(request, user)


def keep(request: HttpRequest, user: User) -> None:
    """Lists the session among those of the user; to be called again whenever its key has changed."""
    request.session.save()
    began = datetime.fromtimestamp(request.session[BEGAN], UTC)
    StaffSession.objects.update_or_create(
        session_id=request.session.session_key,
        defaults={
            "user": user,
            "device": in_plain_words(request.META.get("HTTP_USER_AGENT", "")),
            "began_at": began,
            "seen_at": datetime.now(UTC),
        },
    )


def missing_step(request: HttpRequest, user: User) -> MissingStep | None:
    """What is missing before the session opens anything; None for a session that is complete and not too old."""
    session = request.session
    if is_over(request):
        return MissingStep.SIGN_IN_AGAIN
    given = session.get(GIVEN, False)
    if not given and second_factor.is_asked_of(user):
        return MissingStep.CODE
    if session.get(FIRST, True):
        return MissingStep.PASSWORD
    if not given and second_factor.is_obliged(user):
        return MissingStep.ENROL
    return None


def is_over(request: HttpRequest) -> bool:
    """Whether whoever this session is of has to sign in again."""
    return has_ended(request.session.get(BEGAN, 0), request.session.get(SEEN, 0))


def has_ended(began: int, seen: int) -> bool:
    """Whether a session that began and was last used then is over: idle for too long, or too old altogether."""
    now = time.time()
    idle: bool = now - seen > settings.SESSION_IDLE_MINUTES * 60
    old: bool = now - began > settings.SESSION_MAX_HOURS * 3600
    return idle or old


def give_second_factor(request: HttpRequest) -> None:
    """The second factor was given; that counts as having proven who one is, too."""
    request.session[GIVEN] = True
    request.session[AUTHENTICATED] = int(time.time())


def see(request: HttpRequest) -> None:
    """Notes that somebody works in the session, once a minute at most; requests of our own scripts do not count."""
    now = int(time.time())
    if now - request.session[SEEN] < SEEN_EVERY or request.headers.get(BACKGROUND_HEADER):
        return
    request.session[SEEN] = now
    StaffSession.objects.filter(pk=request.session.session_key).update(seen_at=datetime.now(UTC))


def of(user: User) -> list[StaffSession]:
    """The sessions of somebody that have not ended, the latest used first."""
    rows = StaffSession.objects.filter(user=user).order_by("-seen_at")
    return [row for row in rows if not has_ended(int(row.began_at.timestamp()), int(row.seen_at.timestamp()))]


def end(sessions: QuerySet[StaffSession]) -> int:
    """Signs these out at once; returns how many."""
    keys = list(sessions.values_list("pk", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)


def end_all(user: User, *, but: str | None = None) -> int:
    """Signs somebody out everywhere, except of the session with the key `but`; returns how many ended."""
    return end(StaffSession.objects.filter(user=user).exclude(pk=but or ""))


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android telefon"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows bilgisayar"),
    ("Macintosh", "Mac bilgisayar"),
    ("Linux", "Linux bilgisayar"),
)


def in_plain_words(user_agent: str) -> str:
    """A browser's name for itself as people say it: "Windows bilgisayar, Chrome"."""
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "Bilinmeyen cihaz")
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    return f"{system}, {browser}" if browser else system


def forget(now: datetime) -> None:
    """Deletes sessions that are over, those of visitors too."""
    oldest = datetime.now(UTC) - timedelta(hours=settings.SESSION_MAX_HOURS)
    Session.objects.filter(Q(expire_date__lt=now) | Q(of_staff__began_at__lt=oldest)).delete()


def end_chosen(user: User, form: Mapping[str, str], *, here: str | None) -> str:
    """Ends the session named in a form's `session`, or with `all` every one but `here`. Returns what has happened."""
    if "all" in form:
        ended = end_all(user, but=here)
        return f"{ended} oturum kapatıldı." if ended else "Kapatılacak başka oturum yoktu."
    chosen = [row.pk for row in of(user) if row.handle == form.get("session") and row.pk != here]
    ended = end(StaffSession.objects.filter(pk__in=chosen))
    return "Oturum kapatıldı." if ended else "Oturum zaten kapanmıştı."
