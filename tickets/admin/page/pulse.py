"""What an open page asks for every few seconds: who else is here, and what is new."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from tickets import ports, services
from tickets.access import actor_of
from tickets.admin.forms import MoveForm
from tickets.admin.page.view import Story, user_of
from tickets.admin.queue.rows import called
from tickets.filters import open_by
from tickets.models import Ticket, TicketEvent
from tickets.workflow import MoveError, NoSuchMove, NotAllowed

PREVIEWED = ("to", "answer", "agency", "planned_for")


def pulse(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Keeps the ticket open to the user. JSON: who else has it open, and a `stamp` that is another one after news."""
    now, user = timezone.now(), user_of(request)
    services.mark_viewed(ticket=ticket, user=user, now=now)
    story = Story.of(ticket, actor_of(user))
    here = open_by([ticket.pk], now, besides=user).get(ticket.pk, ())
    return JsonResponse({"here": [called(each) for each in here], "stamp": story.stamp})


def leave(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The page was closed."""
    services.leave(ticket=ticket, user=user_of(request), now=timezone.now())
    return HttpResponse(status=204)


def preview(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """JSON: what the citizen would read of the reply, or of the move when there is one, and whether as a template."""
    now = timezone.now()
    try:
        news = _move(request, ticket, now) if "to" in request.POST else _reply(request, ticket)
    except MoveError as refusal:
        return JsonResponse({"text": "", "template": False, "reason": str(refusal)}, status=403)
    shown = ports.channel().preview(news, now) if news else ports.Preview("", as_template=False)
    return JsonResponse({"text": shown.text, "template": shown.as_template})


def _reply(request: HttpRequest, ticket: Ticket) -> TicketEvent:
    if not services.may_reply(ticket, actor_of(request.user)):
        raise NotAllowed("Bu başvuruda vatandaşa yazma yetkiniz yok.")
    text = request.POST.get("text", "").strip()
    return TicketEvent(ticket=ticket, kind=TicketEvent.Kind.REPLIED, public_text=text)


def _move(request: HttpRequest, ticket: Ticket, now: datetime) -> TicketEvent | None:
    """Of a form that is half filled in what is there."""
    form = MoveForm(request.POST, ticket=ticket, user=request.user)
    form.is_valid()
    given = {name: form.cleaned_data[name] for name in PREVIEWED if name in form.cleaned_data}
    if "to" not in given:
        raise NoSuchMove("Böyle bir işlem yok.")
    return services.news_of(ticket=ticket, actor=actor_of(request.user), now=now, **given)
