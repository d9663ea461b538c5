"""The check that 0062 widened holds for the rows before it, too."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0062_notice_of_a_given_talk")]

    operations = [ValidateConstraint("notification", "notice_of_one_thing")]
