"""The start page at /: links to the back office and the interfaces; in a trial also the telephone and accounts."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from departments.management.commands.demo_accounts import ACCOUNTS
from tickets.models import Ticket


@dataclass(frozen=True)
class HomeLink:
    """A link on the start page: path, name and description."""

    path: str
    name: str
    text: str


TELEPHONE = HomeLink("/emulator/", "Telefon", "Vatandaş gibi yazın: tarayıcıda bir WhatsApp telefonu.")
PUBLIC = HomeLink("/sayilarla/", "Sayılarla", "Herkese açık: ne geldi, ne çözüldü, hangi mahallede.")
LINKS = (
    HomeLink(
        "/admin/", "Yönetim", "Personelin çalıştığı yer: başvurular, birimler, kişiler, kanalın durumu."
    ),
    HomeLink("/api/v1/docs/", "API belgeleri", "Başka sistemler için: denenebilir uçlarıyla REST arayüzü."),
    HomeLink("/open311/v2/discovery.json", "Open311", "Şehir uygulamaları için GeoReport v2."),
)


def home(request: HttpRequest) -> HttpResponse:
    """Renders the links that this installation has; accounts and the telephone only in a trial (EMULATOR)."""
    trial = {
        "telephone": TELEPHONE,
        "accounts": {name: place[0].label if place else "yönetici" for name, place in ACCOUNTS.items()},
        "empty": not Ticket.objects.exists(),
    }
    links = [*([PUBLIC] if settings.PUBLIC_PAGE else []), *LINKS]
    context = {"links": [link for link in links if _exists(link.path)]} | (trial if settings.EMULATOR else {})
    return render(request, "melikgazi/home.html", context)


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
