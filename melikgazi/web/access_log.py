"""Middleware: whatever shows somebody's data to somebody leaves an entry in the access log, a new page by itself.

Every address of the back office and of the REST API that answers leaves an entry unless `SHOWS_NOBODY` names it, so
that a page has to be excused and not remembered. What a view noted (tickets/access_log/request_notes.py) is kept;
without a note an address with something of its own in it was opened, and any other was a list. The entry is written
before the answer leaves: where it cannot be written, nothing is shown.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from melikgazi.sign_in import urls as sign_in_urls
from tickets.access_log.request_notes import AccessNote, noted
from tickets.access_log.writing import log_access
from tickets.models import Access

WATCHED = ("/admin/", "/api/v1/")
NO_PAGE = frozenset({204, 301, 302, 303, 304, 307, 308, 401, 404, 405, 406, 415, 429, 500})
NOTHING_SHOWN = frozenset({202, *range(400, 500)})  # what was noted is kept, such as what was searched for
WORDS = ("q", "term")  # of an address: what somebody searches for
AGAIN = "live"  # of an address: an open page looks again by itself, its search was kept when it was made

# Name of the address (regular expression) → why it needs no entry.
SHOWS_NOBODY = {
    r"admin:(index|login|logout|jsi18n|app_list|password_change|password_change_done)"
    r"|kilavuz|ilk_sayfa": "frame of the back office, without a citizen",
    r"geri_alinacak|tek_harf": "what the user did last, by a ticket’s number, and a switch",
    "|".join(str(each.name) for each in sign_in_urls.urlpatterns): "one's own sign-in and account",
    r"harita": "numbers, subjects and places of open tickets, as a wall may show them; no names, no words",
    r"sokaklar": "streets of the installation’s map file",
    r"admin:departments_(?!correction|dangercorrection|routingrule)\w+": "base data of the municipality",
    r"admin:tickets_(cannedanswer|retention|ticketnumber|apiaccess|webhook|webhookcall)_\w+": "settings",
    r"admin:whatsapp_(textoverride|bulletin|faqentry|channelstate|noticeversion)_\w+": "texts and settings",
    r"api:(department|category|neighbourhood|agency)-\w+|api:schema|api:docs": "base data and the interface itself",
    r"api:report_\w+|raporlar|tatbikat|yonlendirici": "figures",
    r"admin:tickets_ticket_pulse|bekleyen(_basvuru)?_nabiz": "who else has the ticket or the talk open",
    r"admin:tickets_ticket_(colleagues|draft)|bekleyen_taslak": "names of colleagues",
    r"yeni_yer": "names of streets and mahalleler, without houses",
    r"admin:tickets_queue_bulk_fields": "an empty form",
    r"admin:tickets_ticket_reveal": "hiding.reveal keeps it in the transaction that reads the file’s name",
    r"duvarlar|duvar_ac|duvar_kapat|durumum": "screens on the wall, and whether one is there oneself; no citizen",
    r"kisisel_veri|veri_ihlali": "services keep each look-up, export, erasure and hold themselves",
    r"bildirimler_durum": "a number; where it shows a danger, it notes that itself",
}
_EXCUSED = re.compile("|".join(f"(?:{name})" for name in SHOWS_NOBODY))


def access_log(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path_info.startswith(WATCHED) and response.status_code not in NO_PAGE:
            _keep(request, response)
        return response

    return middleware


def _keep(request: HttpRequest, response: HttpResponse) -> None:
    match, entries = request.resolver_match, list(noted(request))
    if match is None:
        return
    if not (response.status_code in NOTHING_SHOWN or _excused(match.view_name, match.kwargs)):
        entries += _unnoted(request, match.kwargs, entries)
    if not entries:
        return
    user = request.user.pk if isinstance(request.user, User) else None
    if user is None and not any(each.by for each in entries):
        return
    log_access(
        by=user,
        page=match.view_name[:80],
        record=" ".join(map(str, match.kwargs.values()))[:80],
        entries=entries,
        now=timezone.now(),
    )


def _excused(name: str, which: dict[str, object]) -> bool:
    """Thumbnails too: they are part of the list or the record that shows them."""
    return _EXCUSED.fullmatch(name) is not None or which.get("part") == "thumbnail"


def _unnoted(
    request: HttpRequest, which: dict[str, object], entries: Sequence[AccessNote]
) -> Iterator[AccessNote]:
    """What the view said nothing of: that something was searched for, and that there was a record or a list."""
    said = {each.what for each in entries}
    asked = any(request.GET.get(word, "").strip() for word in WORDS)
    if asked and AGAIN not in request.GET and Access.What.SEARCHED not in said:
        yield AccessNote(Access.What.SEARCHED)
    if not said - {Access.What.SEARCHED}:
        yield AccessNote(Access.What.OPENED if which else Access.What.LISTED)
