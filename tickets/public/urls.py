"""URLs without sign-in: the status page of a ticket, and the open data."""

from django.urls import URLPattern, path, re_path

from tickets.public import opendata, status

urlpatterns: list[URLPattern] = [
    path("d/<str:code>", status.status, name="status"),
    re_path(r"^open-data/tickets\.(?P<form>csv|geojson)$", opendata.tickets, name="open-data"),
]
