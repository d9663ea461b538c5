from django.apps import AppConfig
from typing_extensions import override


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = "Başvurular"

    @override
    def ready(self) -> None:
        from tickets import undoable  # services import models

        undoable.fill()
