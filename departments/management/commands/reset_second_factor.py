from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from departments.staff import second_factor, sessions


class Command(BaseCommand):
    help = "Bir kullanıcının telefonunu ve kurtarma kodlarını unutur; tek yönetici telefonunu kaybettiyse, sunucudan."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="KULLANICI")

    @override
    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"“{username}” diye bir kullanıcı yok.")
        second_factor.reset(user)
        sessions.end_all(user)
        self.stdout.write(
            f"{username}: ikinci adım sıfırlandı, oturumları kapatıldı. İlk girişte telefon bağlar."
        )
