"""Where the back office begins: crews at their jobs, everybody else at the panel."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from departments.models import Role
from tickets.permissions import actor_of


def first_page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request.user)
    if {role for role, _ in actor.roles} == {Role.CREW} and not actor.sees_everything:
        return redirect("saha")
    return admin.site.index(request)
