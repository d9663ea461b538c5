"""Texts that go to a citizen: how long they may be."""

from tickets.record.workflow import MissingFields

REPLY_LENGTH = 4096  # of a WhatsApp text message, docs/whatsapp-cloud-api.md, section 4
CAPTION_LENGTH = 1024  # of the words with a photo or a document, ibidem


def checked_text(text: str, *, with_file: bool = False) -> str:
    """What goes to a citizen, stripped. Raises MissingFields where there is none, or more than WhatsApp takes."""
    said, most = text.strip(), CAPTION_LENGTH if with_file else REPLY_LENGTH
    if not said:
        raise MissingFields({"text": "Vatandaşa gidecek metni yazın."})
    if len(said) > most:
        what = "Dosyayla giden cevap" if with_file else "Cevap"
        raise MissingFields({"text": f"{what} {most} karakterden uzun olamaz. Kısaltın ya da ikiye bölün."})
    return said
