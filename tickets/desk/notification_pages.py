"""The page of a user's notifications: read them, claim dangers and drills, choose e-mail or WhatsApp per kind."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote, note
from tickets.answering.models.phone_calls import CallBack
from tickets.answering.phone_calls import due_call_backs
from tickets.back_office.row_keys import key_of
from tickets.danger import bar
from tickets.danger import drills as drills_services
from tickets.danger.drills import DRILL_LASTS
from tickets.danger.models import Drill
from tickets.desk import pulse, waiting_list
from tickets.desk.notification_groups import groups
from tickets.notifications.models import Notification, NotificationPreference
from tickets.notifications.notifications import (
    MAILED_BY_DEFAULT,
    choose_means,
    is_off_duty_crew,
    see_notifications,
    still_theirs,
)
from tickets.record.permissions import Actor, actor_of, is_crew_alone, visible_to
from tickets.record.phone_numbers import e164
from tickets.record.workflow import TransitionError
from tickets.undo.actions import perform

READ = 200  # of the newest, to be grouped


class PreferenceForm(forms.Form):
    by_mail = forms.MultipleChoiceField(
        label="E-postayla",
        choices=Notification.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    by_message = forms.MultipleChoiceField(
        label="WhatsApp’la",
        choices=Notification.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    phone = forms.CharField(
        label="Telefon", required=False, max_length=30, widget=forms.TextInput({"inputmode": "tel"})
    )

    def __init__(self, *arguments: Any, **kwargs: Any) -> None:
        super().__init__(*arguments, **kwargs)
        if not settings.STAFF_NOTICES_BY_WHATSAPP:
            del self.fields["by_message"]

    def clean_phone(self) -> str:
        written = "".join(self.cleaned_data["phone"].split())
        phone = e164(written)
        if written and not phone:
            raise forms.ValidationError("Bu bir telefon numarası değil. Örneğin: 0532 123 45 67")
        return phone or ""


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: everybody with a role."""
    actor = actor_of(request.user)
    return bool(actor.roles) or actor.sees_everything


@never_cache
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    return _page(request, PreferenceForm(initial=_preference(_user(request))))


@never_cache
@require_safe
def state(request: HttpRequest) -> JsonResponse:
    """JSON for the indicator on every page: the number of unseen notifications and calls to make, dangers and drills
    nobody has claimed, dangers that a colleague has just claimed, how many wait for a person, the pulse's stamp of all
    this, and the token with which to ask for it; with `?newest`, since when the newest of them waits (ms). A page that
    lists them has them `uncounted`.

    Crews off duty see them without a sound (`quiet`). Where `visible` says that somebody has the page before them, this
    way of ringing has been delivered.
    """
    # Before what it stands for: what changes in between is looked at again.
    bell = pulse.WATCH.state().bell(_user(request).pk)
    unseen = _own(request).filter(seen_at__isnull=True).count() + len(_call_backs(request))
    actor = actor_of(_user(request))
    tickets = bar.waiting_for(actor)
    rung = _own_dangers(request).filter(acknowledged_at=None)
    drills = list(
        Drill.objects.filter(
            notifications__in=rung, claimed_by=None, at__gt=timezone.now() - DRILL_LASTS
        ).distinct()
    )
    shown = rung.filter(Q(ticket__in=tickets) | Q(drill__in=drills))
    unheard = set(shown.filter(unheard=True).values_list("ticket", flat=True))
    if (tickets or drills) and "visible" in request.GET:
        shown.filter(shown_at=None).update(shown_at=timezone.now())
    dangers = [*bar.as_rows(tickets, unheard, actor), *bar.rows_of_drills(drills)]
    if tickets:
        note(request, AccessNote(Access.What.LISTED))
    of_newest = waiting_list.since_of_newest(request) if "newest" in request.GET else None
    return JsonResponse(
        ({} if of_newest is None else {"newest": of_newest})
        | {
            "unseen": unseen,
            "waiting": "" if "uncounted" in request.GET else waiting_list.waiting_count(request),
            "dangers": dangers,
            "quiet": is_off_duty_crew(_user(request), timezone.now()),
            "bell": bell,
            "token": pulse.token(request.session.session_key, _user(request)) if may_open(request) else "",
        }
    )


def _came_from(request: HttpRequest) -> str:
    """The page of the back office that the form was sent from; empty where the browser does not say."""
    page = urlsplit(request.headers.get("Referer", ""))
    ours = page.netloc == request.get_host() and page.path.startswith("/admin/")
    return f"{page.path}?{page.query}" if ours else ""


@require_POST
def claim(request: HttpRequest, key: int) -> HttpResponse:
    """Claims a danger that the user may see or was notified of, and opens its page; who may not open it, and who is
    told that somebody else has it, stays where they were. Raises Http404 for any other.
    """
    actor = actor_of(request.user)
    ticket = visible_to(actor).filter(pk=key).first()
    told = _own(request).filter(kind=Notification.Kind.DANGER, ticket=key).first()
    danger = ticket or (told.ticket if told else None)
    if danger is None:
        raise Http404
    stay = redirect(_came_from(request) or "bildirimler")
    try:
        perform("claim", ticket=danger, actor=actor, now=timezone.now())
    except TransitionError as refusal:  # it says who has it: no reason to go there
        messages.error(request, f"{danger.number}: {refusal}")
        return stay
    messages.success(request, "Acil bildirimi üstlendiniz.")
    if ticket is None:  # claimed for somebody who may open it
        return stay
    return redirect(reverse("admin:tickets_ticket_change", args=[key]) + "#ustlenildi")


@require_POST
def acknowledge_drill(request: HttpRequest, key: int) -> HttpResponse:
    """Claims a drill that the user was notified of. Raises Http404 for any other."""
    drill = Drill.objects.filter(pk=key, notifications__in=_own_dangers(request)).first()
    if drill is None:
        raise Http404
    try:
        drills_services.acknowledge_drill(drill=drill, actor=actor_of(request.user), now=timezone.now())
    except TransitionError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Tatbikatı üstlendiniz. Gerçek bir bildirimde de böyle yapın.")
    return redirect("bildirimler")


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Marks all as seen, or those of one group. Raises Http404 where none of these is the user's."""
    keys = [key_of(key) for key in request.POST.getlist("notice")]
    if keys and not _own(request).filter(pk__in=keys).exists():
        raise Http404
    see_notifications(user=_user(request), now=timezone.now(), only=keys or None)
    return redirect("bildirimler")


@require_POST
def save_preference(request: HttpRequest) -> HttpResponse:
    form = PreferenceForm(request.POST)
    if form.is_valid():
        try:
            choose_means(user=_user(request), **{"by_message": []} | form.cleaned_data)
        except TransitionError as refusal:
            form.add_error("phone", str(refusal))
        else:
            messages.success(request, "Bildirim tercihiniz kaydedildi.")
            return redirect("bildirimler")
    return _page(request, form, status=400)


def _page(request: HttpRequest, form: PreferenceForm, status: int = 200) -> HttpResponse:
    actor = actor_of(_user(request))
    note(request, AccessNote(Access.What.LISTED))  # with an error, too, the list is shown
    context = {
        "title": "Bildirimlerim",
        "call_backs": [(each, _to_call(each, actor)) for each in _call_backs(request)],
        "groups": groups(_own(request).order_by("-at", "-id")[:READ], outdoors=is_crew_alone(actor)),
        "form": form,
        "user": _user(request),
    }
    return render(
        request, "tickets/notifications.html", admin.site.each_context(request) | context, status=status
    )


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):  # never: admin_view requires a signed-in user
        raise PermissionDenied
    return request.user


def _own(request: HttpRequest) -> QuerySet[Notification]:
    """The user's notifications, but for those of tickets that are no longer theirs to see."""
    user = _user(request)
    arrived = Notification.objects.filter(
        user=user, at__lte=timezone.now()
    )  # the others may yet be taken back
    rows = still_theirs(arrived, user)
    return rows.select_related(
        "ticket__category", "ticket__claimed_by", "breach__ticket", "drill", "snooze__ticket__category"
    )


def _call_backs(request: HttpRequest) -> list[CallBack]:
    """Whom the user is to call by now. Those at the desk have them in the list of who waits."""
    actor = actor_of(_user(request))
    if actor.is_call_centre:
        return []
    return list(due_call_backs(actor, timezone.now()).filter(assignee=actor.user))


def _to_call(call_back: CallBack, actor: Actor) -> str:
    """The page on which the call is made and written down."""
    if call_back.ticket is None:
        return reverse("admin:tickets_citizen_change", args=[call_back.citizen_id])
    if is_crew_alone(actor):
        return reverse("saha_is", args=[call_back.ticket.number])
    return reverse("admin:tickets_ticket_change", args=[call_back.ticket.pk])


def _own_dangers(request: HttpRequest) -> QuerySet[Notification]:
    return _own(request).filter(kind=Notification.Kind.DANGER)


def _preference(user: User) -> dict[str, Any]:
    preference = NotificationPreference.objects.filter(user=user).first()
    if preference is None:
        return {"by_mail": list(MAILED_BY_DEFAULT)}
    return {"by_mail": preference.by_mail, "by_message": preference.by_message, "phone": preference.phone}
