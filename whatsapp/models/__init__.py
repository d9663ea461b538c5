"""The rows that carry a message from Meta to a ticket and an answer back."""

from whatsapp.models.bulletins import Bulletin
from whatsapp.models.channel import ChannelState
from whatsapp.models.conversations import Conversation
from whatsapp.models.deliveries import InboundDelivery, UnhandledUpdate
from whatsapp.models.erased import ErasedUpdate
from whatsapp.models.faq import FaqEntry
from whatsapp.models.identities import Identity
from whatsapp.models.messages import KINDS, OUTCOMES, Media, Message, TicketlessMessage
from whatsapp.models.outbox import STATUSES, AnnouncementFailure, Outbox, StatusUpdate
from whatsapp.models.privacy_notices import NoticeVersion, ShownNotice
from whatsapp.models.read_receipts import ReadReceipt
from whatsapp.models.text_overrides import TextOverride  # Django looks for that module's models here

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
