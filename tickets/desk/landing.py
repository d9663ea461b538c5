"""Where the back office begins: crews at their jobs, everybody else at the panel."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tickets.record.permissions import actor_of, is_crew_alone


def first_page(request: HttpRequest) -> HttpResponse:
    if is_crew_alone(actor_of(request.user)):
        return redirect("saha")
    return admin.site.index(request)
