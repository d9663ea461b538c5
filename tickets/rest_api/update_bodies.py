"""Request bodies of writes on a ticket that is there (the one that opens a ticket: opening.py). They check types only;
the workflow checks what a transition needs.
"""

from typing import Any

from django.contrib.auth.models import User
from rest_framework import serializers

from departments.common.days import BETWEEN
from departments.models import Agency, Category, Department
from tickets.record.models.ticket import Ticket
from tickets.record.statuses import Status
from tickets.rest_api.fields import CodeField, VisibleTicketNumberField, text_field


class _Input(serializers.Serializer[Any]):
    version = serializers.IntegerField(required=False, min_value=1, help_text="The version that was read.")


class TransitionInput(_Input):
    to = serializers.ChoiceField(Status.choices)
    answer = text_field(required=False, allow_blank=True, help_text="For the citizen.")
    note = text_field(required=False, allow_blank=True, help_text="For colleagues.")
    reason = text_field(required=False, allow_blank=True)
    planned_for = serializers.DateField(required=False, validators=BETWEEN)
    department = CodeField("code", queryset=Department.objects.filter(active=True), required=False)
    agency = CodeField("code", queryset=Agency.objects.all(), required=False)
    duplicate_of = VisibleTicketNumberField("number", queryset=Ticket.objects.none(), required=False)

    def validate_to(self, value: str) -> Status:
        return Status(value)


class NoteInput(_Input):
    text = text_field()


class AssignInput(_Input):
    department = CodeField("code", queryset=Department.objects.filter(active=True), required=False)
    assignee = CodeField("username", queryset=User.objects.filter(is_active=True), required=False)


class AttachInput(_Input):
    file = serializers.FileField(help_text="A photo of the work done: JPEG, PNG or WebP, 20 MB at most.")


class ClassifyInput(_Input):
    category = CodeField("code", queryset=Category.objects.filter(active=True, department__isnull=False))
