"""What an open page asks for every few seconds: who else is here, and what is new."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from tickets import ports, services
from tickets.access import actor_of
from tickets.admin.page.view import Story, user_of
from tickets.admin.queue.rows import called
from tickets.models import Ticket
from tickets.queries import open_by


def pulse(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Keeps the ticket open to the user. JSON: who else has it open, and a `stamp` that is another one after news."""
    now, user = timezone.now(), user_of(request)
    services.look(ticket=ticket, user=user, now=now)
    story = Story.of(ticket, actor_of(user))
    here = open_by([ticket.pk], now, besides=user).get(ticket.pk, ())
    return JsonResponse({"here": [called(each) for each in here], "stamp": story.stamp})


def leave(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The page was closed."""
    services.leave(ticket=ticket, user=user_of(request), now=timezone.now())
    return HttpResponse(status=204)


def preview(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """JSON: what the citizen would read of the text, and whether as a template."""
    if not services.may_reply(ticket, actor_of(request.user)):
        return JsonResponse({"text": "", "template": False}, status=403)
    shown = ports.channel().preview(ticket, request.POST.get("text", ""), timezone.now())
    return JsonResponse({"text": shown.text, "template": shown.as_template})
