"""A page that shows a new secret: part of the answer to its making, stored nowhere, so that it is never shown again."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse


def show_once(request: HttpRequest, *, title: str, secret: str, text: str, back: str) -> HttpResponse:
    """Shows the secret, with a sentence on its use and a link to the page named `back`."""
    context = {"title": title, "secret": secret, "text": text, "back": reverse(back)}
    response = render(request, "tickets/shown_once.html", admin.site.each_context(request) | context)
    response.headers["Cache-Control"] = "no-store"
    return response
