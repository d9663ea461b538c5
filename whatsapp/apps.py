from django.apps import AppConfig
from typing_extensions import override


class WhatsappConfig(AppConfig):
    name = "whatsapp"
    verbose_name = "WhatsApp"

    @override
    def ready(self) -> None:
        from tickets import ports
        from whatsapp.ports import WhatsApp
        from whatsapp.texts import catalog, overrides

        ports.register(WhatsApp())
        catalog.set_source(overrides.table_of)
