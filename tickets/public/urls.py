"""URLs without sign-in: the public page, the status page of a ticket, the open data, the screen on the wall."""

from django.urls import URLPattern, path, re_path

from tickets.board import wall_page
from tickets.public import opendata, page, status

urlpatterns: list[URLPattern] = [
    path("sayilarla/", page.page, name="public-page"),
    path("duvar/", wall_page.wall, name="duvar"),
    path("duvar/sayilar/", wall_page.wall_figures, name="duvar_sayilar"),
    path("d/<str:code>", status.status, name="status"),
    re_path(r"^open-data/tickets\.(?P<form>csv|geojson)$", opendata.tickets, name="open-data"),
]
