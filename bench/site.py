"""The application inside the benchmark's own process, on the database of this run."""

import os

import django
from django.core.management import call_command


def prepare() -> None:
    """Sets Django up and brings the database to the present tables; as often as one likes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melikgazi.settings")
    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
