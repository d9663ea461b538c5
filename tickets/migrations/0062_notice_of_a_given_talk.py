"""Whoever is given the talk of somebody who waits is told of it: a notification of work may be of a talk."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

SUBJECTS = ("ticket", "drill", "handover", "data_request", "snooze")


def alone(subject: str) -> Q:
    return Q(**{f"{each}__isnull": each != subject for each in SUBJECTS})


CHECK = models.CheckConstraint(
    name="notice_of_one_thing",
    condition=alone("ticket") & ~Q(kind__in=["waiting", "data"])
    | alone("drill") & Q(kind="danger")
    | (alone("handover") | alone("snooze")) & Q(kind="waiting")
    | alone("handover") & Q(kind__in=["work", "unsent", "fileless"])
    | alone("data_request") & Q(kind="data"),
)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0061_weekly_mail")]

    operations = [
        migrations.RemoveConstraint("notification", "notice_of_one_thing"),
        AddConstraintNotValid("notification", CHECK),
    ]
