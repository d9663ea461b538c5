"""Models of tickets for Django and for other apps; each lies in its feature, whose services alone write it."""

from tickets.access_log.models import Access
from tickets.answering.models.canned_answers import CannedAnswer
from tickets.answering.models.phone_calls import CallBack, PhoneCall
from tickets.answering.models.replies import ReplyDraft, ScheduledReply
from tickets.api_clients.models.change_feed import FeedEpoch, TicketChange
from tickets.api_clients.models.clients import ApiKey  # Django looks for that module's models here
from tickets.attachments.models import PendingFileDeletion
from tickets.back_office.models.preferences import DeskPreference
from tickets.back_office.models.saved_filters import SavedFilter
from tickets.board.models.shifts import ShiftChange
from tickets.board.models.wall_screens import WallScreen
from tickets.citizens.models.blocks import CitizenBlock
from tickets.citizens.models.notes import CitizenNote
from tickets.danger.models import Drill
from tickets.notifications.models import Notification, NotificationPreference, Ring
from tickets.presence.models.presence import Presence
from tickets.presence.models.view_marks import ConversationViewer, ViewMark
from tickets.privacy.models.data_requests import PersonalDataRequest
from tickets.privacy.models.destruction import Destruction
from tickets.privacy.models.legal_holds import LegalHold
from tickets.privacy.models.retention import Retention
from tickets.public.models import PublicFigures, PublishedCell
from tickets.record.models.acts import Act, ActChange
from tickets.record.models.attachments import Attachment, PendingUpload
from tickets.record.models.breaches import Breach, Clock, Stage
from tickets.record.models.citizen import Citizen
from tickets.record.models.exports import Export
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import DANGER, UNACKNOWLEDGED_DANGER, Ticket
from tickets.record.models.ticket_choices import Kind, LocationSource, Priority, Source
from tickets.record.models.ticket_number import TicketNumber
from tickets.record.models.timeline import TicketEvent
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.reports.models.monthly import MonthlyReport
from tickets.reports.models.weekly import WeeklyMail

__all__ = [
    "DANGER",
    "UNACKNOWLEDGED_DANGER",
    "Access",
    "Act",
    "ActChange",
    "ApiKey",
    "Attachment",
    "Breach",
    "CallBack",
    "CannedAnswer",
    "Citizen",
    "CitizenBlock",
    "CitizenNote",
    "Clock",
    "ConversationViewer",
    "DeskPreference",
    "Destruction",
    "Drill",
    "Export",
    "FeedEpoch",
    "Kind",
    "LegalHold",
    "LocationSource",
    "MonthlyReport",
    "Notification",
    "NotificationPreference",
    "PendingFileDeletion",
    "PendingUpload",
    "PersonalDataRequest",
    "PhoneCall",
    "Presence",
    "Priority",
    "PublicFigures",
    "PublishedCell",
    "ReplyDraft",
    "Retention",
    "Ring",
    "SavedFilter",
    "ScheduledReply",
    "ShiftChange",
    "Snooze",
    "Source",
    "Stage",
    "Ticket",
    "TicketChange",
    "TicketEvent",
    "TicketNumber",
    "ViewMark",
    "WaitingConversation",
    "WallScreen",
    "WeeklyMail",
]
