"""Background requests of an open ticket page: heartbeat with news, leaving, previews of texts to the citizen."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from tickets.answering.drafts import drafts_to
from tickets.answering.macros import MacroPreview, preview_macro
from tickets.answering.models.canned_answers import CannedAnswer
from tickets.answering.replies import may_reply
from tickets.back_office.names import display_name
from tickets.back_office.row_keys import key_of
from tickets.casework.transitions import news_of
from tickets.desk.forms.transitions import TransitionForm
from tickets.desk.ticket_page.view import Story, user_of
from tickets.presence import marking
from tickets.presence.marking import mark_viewed
from tickets.presence.view_marks import open_by
from tickets.record import channel
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import actor_of
from tickets.record.workflow import NoSuchTransition, NotAllowed, TransitionError

PREVIEWED = ("to", "answer", "agency", "planned_for")


def heartbeat(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Marks the ticket as viewed. JSON: who else has it open, and a `stamp` that changes when the thread does."""
    now, user = timezone.now(), user_of(request)
    mark_viewed(ticket=ticket, user=user, now=now)
    story = Story.of(ticket, actor_of(user))
    here = open_by([ticket.pk], now, besides=user).get(ticket.pk, ())
    _, writing = drafts_to(ticket.citizen_id, now, user=user)
    return JsonResponse(
        {
            "here": [display_name(each) for each in here],
            "writing": [display_name(each) for each in writing],
            "stamp": story.stamp,
        }
    )


def leave(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Called when the page is closed: the ticket no longer counts as open to the user."""
    marking.leave(ticket=ticket, user=user_of(request), now=timezone.now())
    return HttpResponse(status=204)


def preview(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """JSON: the text that the citizen would get of the reply, or of the transition if `to` is given; `template` if as
    one.
    """
    now = timezone.now()
    if "macro" in request.POST:
        actor, text = actor_of(request.user), request.POST.get("text", "")
        return macro_preview(
            request,
            lambda macro: preview_macro(ticket=ticket, macro=macro, actor=actor, now=now, text=text),
            now,
        )
    try:
        news = _transition(request, ticket, now) if "to" in request.POST else _reply(request, ticket)
    except TransitionError as refusal:
        return JsonResponse({"text": "", "template": False, "reason": str(refusal)}, status=403)
    return as_json(news, now)


def as_json(news: TicketEvent | None, now: datetime) -> HttpResponse:
    """What the citizen would read of these news."""
    shown = channel.channel().preview(news, now) if news else channel.Preview("", as_template=False)
    return JsonResponse({"text": shown.text, "template": shown.as_template})


def macro_preview(
    request: HttpRequest, seen_of: Callable[[CannedAnswer], MacroPreview], now: datetime
) -> HttpResponse:
    """JSON as of `preview`, and the `changes` that the macro makes besides, by `seen_of`."""
    macro = CannedAnswer.objects.filter(pk=key_of(request.POST["macro"]), active=True).first()
    if macro is None or not macro.is_macro:
        return JsonResponse({"text": "", "template": False, "reason": "Bu makro artık yok."}, status=403)
    seen = seen_of(macro)
    shown = channel.channel().preview(seen.news, now) if seen.news else channel.Preview("", as_template=False)
    return JsonResponse(
        {
            "text": shown.text,
            "template": shown.as_template,
            "changes": seen.changes,
            "stamp": macro.stamp,
            "reason": seen.refusal,
        }
    )


def _reply(request: HttpRequest, ticket: Ticket) -> TicketEvent:
    if not may_reply(ticket, actor_of(request.user)):
        raise NotAllowed("Bu başvuruda vatandaşa yazma yetkiniz yok.")
    return reply_of(ticket, request.POST.get("text", ""))


def reply_of(ticket: Ticket, text: str) -> TicketEvent:
    """An unsaved reply about the ticket, or about one that is not opened yet."""
    return TicketEvent(ticket=ticket, kind=TicketEvent.Kind.REPLIED, public_text=text.strip())


def _transition(request: HttpRequest, ticket: Ticket, now: datetime) -> TicketEvent | None:
    """The unsaved announcement of a transition whose form may be incomplete; None where the citizen gets none."""
    form = TransitionForm(request.POST, ticket=ticket, user=request.user)
    form.is_valid()
    given = {name: form.cleaned_data[name] for name in PREVIEWED if name in form.cleaned_data}
    if "to" not in given:
        raise NoSuchTransition("Böyle bir işlem yok.")
    return news_of(ticket=ticket, actor=actor_of(request.user), now=now, **given)
