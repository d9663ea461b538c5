"""The rows that carry a message from Meta to a ticket and an answer back."""

from whatsapp.models.channel import ChannelState
from whatsapp.models.deliveries import Delivery, Notice
from whatsapp.models.messages import KINDS, OUTCOMES, Media, Message
from whatsapp.models.outbox import STATUSES, Outbox, StatusUpdate
from whatsapp.models.overrides import Wording  # Django looks for that module's models here
from whatsapp.models.people import Conversation, Identity
from whatsapp.models.questions import Question

__all__ = [
    "KINDS",
    "OUTCOMES",
    "STATUSES",
    "ChannelState",
    "Conversation",
    "Delivery",
    "Identity",
    "Media",
    "Message",
    "Notice",
    "Outbox",
    "Question",
    "StatusUpdate",
    "Wording",
]
