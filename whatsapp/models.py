"""The rows that carry a message from Meta to a ticket and an answer back."""

from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.deliveries import InboundDelivery, UnhandledUpdate
from whatsapp.conversations.models.erased import ErasedUpdate
from whatsapp.conversations.models.identities import Identity
from whatsapp.conversations.models.messages import KINDS, OUTCOMES, Media, Message, TicketlessMessage
from whatsapp.faq.models import FaqEntry
from whatsapp.number.models import ChannelState
from whatsapp.outbox.models.outbox import STATUSES, AnnouncementFailure, Outbox, StatusUpdate
from whatsapp.outbox.models.read_receipts import ReadReceipt
from whatsapp.texts.models.bulletins import Bulletin
from whatsapp.texts.models.privacy_notices import NoticeVersion, ShownNotice
from whatsapp.texts.models.text_overrides import TextOverride  # Django looks for that module's models here

__all__ = [
    "KINDS",
    "OUTCOMES",
    "STATUSES",
    "AnnouncementFailure",
    "Bulletin",
    "ChannelState",
    "Conversation",
    "ErasedUpdate",
    "FaqEntry",
    "Identity",
    "InboundDelivery",
    "Media",
    "Message",
    "NoticeVersion",
    "Outbox",
    "ReadReceipt",
    "ShownNotice",
    "StatusUpdate",
    "TextOverride",
    "TicketlessMessage",
    "UnhandledUpdate",
]
