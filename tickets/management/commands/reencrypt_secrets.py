from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from typing_extensions import override

from departments.encryption import UnreadableSecretError, reencrypt
from tickets.models.api_clients import Webhook


class Command(BaseCommand):
    help = "Saklanan imza anahtarlarını ENCRYPTION_KEYS listesinin ilk anahtarıyla yeniden şifreler."

    @override
    @transaction.atomic
    def handle(self, *_args: Any, **_options: Any) -> None:
        hooks = list(Webhook.objects.select_for_update().order_by("pk"))
        for hook in hooks:
            try:
                hook.sealed_secret = reencrypt(hook.sealed_secret)
            except UnreadableSecretError as error:
                raise CommandError(f"{hook}: {error}") from None
            hook.save(update_fields=["sealed_secret"])
        self.stdout.write(
            f"{len(hooks)} imza anahtarı yeniden şifrelendi; listedeki ilk anahtardan sonrakiler silinebilir."
        )
