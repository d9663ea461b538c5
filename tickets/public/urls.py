"""What anybody may open: one request by its code."""

from django.urls import URLPattern, path

from tickets.public import status

urlpatterns: list[URLPattern] = [
    path("d/<str:code>", status.status, name="status"),
]
