"""What the user did last, offered on every page while it can be taken back; and the switch of the single letters."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tickets.back_office.models.preferences import DeskPreference
from tickets.record.models.acts import Act
from tickets.record.permissions import actor_of
from tickets.record.workflow import TransitionError
from tickets.undo import actions
from tickets.undo.actions import UNDOABLE_ACTIONS, with_desk

_GIVEN_BACK = "taken_back"  # until the next page, which gives the words back


def act_bar(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what the bar at the foot of each page of the back office shows; asked when it is shown."""
    if not request.path_info.startswith("/admin/"):
        return {}
    return {"act_bar": SimpleLazyObject(lambda: _bar(request))}


def _bar(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    takes_calls = actor_of(user).is_call_centre
    if not hasattr(user, "has_acted"):  # else whoever read their session asked it with them
        user = with_desk(User.objects.filter(pk=user.pk), timezone.now()).get()
    return {
        "offered": _offered(user) if getattr(user, "has_acted", True) else None,
        "page": request.get_full_path() if request.method == "GET" else _sent_from(request),
        "letters": getattr(user, "letters", None) is not False,
        "new_ticket": reverse("yeni") if takes_calls else "",
        "taken_back": request.session.pop(_GIVEN_BACK, False),
    }


@never_cache
@require_safe
def offered(request: HttpRequest) -> HttpResponse:
    """JSON for pages that act without being loaded anew: what can be taken back, and for how long; {} for nothing."""
    return JsonResponse(_offered(_user(request)) or {})


@require_POST
def take_back(request: HttpRequest, key: int) -> HttpResponse:
    """Takes an act of the user's back and returns to the page (`next`) where they were; a script gets JSON: what to
    say, with 409 where it is not taken back.
    """
    user, scripted = _user(request), "application/json" in request.headers.get("Accept", "")
    act = Act.objects.filter(pk=key, user=user).first()
    if act is None:
        raise Http404
    try:
        stayed = actions.undo(act=act, actor=actor_of(user), now=timezone.now())
    except TransitionError as refusal:
        if scripted:
            return JsonResponse({"said": str(refusal)}, status=409)
        messages.error(request, str(refusal))
        return HttpResponseRedirect(_back(request))
    number = f"{act.ticket.number}: " if act.ticket else ""
    done = f"{number}geri alındı ({act.title}). {UNDOABLE_ACTIONS[act.name].taken_back}"
    said = " ".join([done, *stayed])
    if scripted:
        return JsonResponse({"said": said})
    request.session[_GIVEN_BACK] = True
    messages.success(request, said)
    return HttpResponseRedirect(_back(request))


@require_POST
def switch_letters(request: HttpRequest) -> HttpResponse:
    """Turns single letters as keys on or off for the user (WCAG 2.1.4), on all their devices."""
    on = request.POST.get("letters") == "on"
    DeskPreference.objects.update_or_create(user=_user(request), defaults={"letters": on})
    return HttpResponse(status=204)


def _offered(user: User) -> dict[str, Any] | None:
    now = timezone.now()
    act = actions.undoable_action(user=user, now=now)
    if act is None:
        return None
    number = f"{act.ticket.number}: " if act.ticket else ""
    left = (act.undo_until - now).total_seconds()
    return {
        "title": f"{number}{act.title}.",
        "seconds": max(1, int(left)),
        "address": reverse("geri_al", args=[act.pk]),
    }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - admin_view requires a signed-in user
    return request.user


def _sent_from(request: HttpRequest) -> str:
    """The page of a form that was refused: the address of what it posts to is none to come back to."""
    page = urlsplit(request.headers.get("Referer", ""))
    return page._replace(scheme="", netloc="").geturl() if page.netloc == request.get_host() else ""


def _back(request: HttpRequest) -> str:
    to = request.POST.get("next", "")
    if to.startswith("/admin/") and url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        return to
    return reverse("admin:index")
