from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from tickets.api_clients.keys import LONGEST_DAYS, VALID_DAYS, make_key, revoke
from tickets.api_clients.models.clients import ApiKey
from tickets.api_clients.models.scopes import Scope


class Command(BaseCommand):
    help = "Bir kullanıcıya API anahtarı verir ve bir kez yazar; saklanan yalnızca özetidir."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "-r", "--reset", action="store_true", help="kullanıcının bundan önceki anahtarlarını iptal eder"
        )
        parser.add_argument(
            "--days", type=int, default=VALID_DAYS, help=f"kaç gün geçerli (varsayılan {VALID_DAYS})"
        )
        parser.add_argument(
            "--scope",
            action="append",
            choices=[str(scope) for scope in Scope],
            help="neye yaradığı, yinelenebilir; verilmezse yalnızca başvuruları okur",
        )

    @override
    def handle(self, *_args: Any, username: str, reset: bool, days: int, **options: Any) -> None:
        now, user = timezone.now(), User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"{username} diye bir kullanıcı yok.")
        if not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"--days 1 ile {LONGEST_DAYS} arasında olmalı.")
        if reset:
            revoke(ApiKey.objects.filter(user=user), now)
        scopes = [Scope(name) for name in options["scope"] or (Scope.READ,)]
        key = make_key(user, now=now, scopes=scopes, days=days, name="drf_create_token")
        self.stderr.write(f"Bu anahtar: {', '.join(scope.label for scope in scopes)} (--scope ile genişler).")
        self.stdout.write(f"Generated token {key} for user {username}")
