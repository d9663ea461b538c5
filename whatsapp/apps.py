from django.apps import AppConfig
from typing_extensions import override


class WhatsappConfig(AppConfig):
    name = "whatsapp"
    verbose_name = "WhatsApp"

    @override
    def ready(self) -> None:
        from tickets.record import channel
        from whatsapp.channel.port import WhatsApp
        from whatsapp.texts import catalog, overrides

        channel.register(WhatsApp())
        catalog.set_source(overrides.table_of)
