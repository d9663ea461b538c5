"""Brings the database up to date: `prepare COMMAND…` runs several management commands in one process.

A command with arguments is one word of the shell: `prepare migrate "demo_accounts --keep"`.
"""

import os
import shlex
import sys

import django
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melikgazi.settings")
    django.setup()
    for command in sys.argv[1:]:
        call_command(*shlex.split(command), verbosity=1)


if __name__ == "__main__":
    main()
