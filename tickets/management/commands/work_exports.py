import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from typing_extensions import override

from tickets.rest_api import exports
from tickets.rest_api.export_jobs import MAKE_SECONDS

NICE = 10  # citizens' messages come first


class Command(BaseCommand):
    help = "İstenen büyük dosyayı hazırlar (işçi kendisi çalıştırır)."
    requires_system_checks = ()

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        signal.alarm(MAKE_SECONDS)  # also where the worker that would kill it has died
        os.nice(NICE)
        exports.make(options["file"], timezone.now)
