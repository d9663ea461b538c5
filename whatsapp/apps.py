from django.apps import AppConfig
from typing_extensions import override


class WhatsappConfig(AppConfig):
    name = "whatsapp"
    verbose_name = "WhatsApp"

    @override
    def ready(self) -> None:
        from tickets import ports
        from whatsapp import rewriting, sentences
        from whatsapp.channel import WhatsApp

        ports.register(WhatsApp())
        sentences.speak_by(rewriting.table_of)
