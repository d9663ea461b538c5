"""Models of tickets, their append-only timeline and their files. Written by `tickets.services` alone."""

from tickets.models.access_log import Access
from tickets.models.acts import Act, ActChange
from tickets.models.api_clients import ApiKey  # Django looks for that module's models here
from tickets.models.attachments import Attachment, PendingUpload
from tickets.models.breaches import Breach, Clock, Stage
from tickets.models.canned_answers import CannedAnswer
from tickets.models.change_feed import FeedEpoch, TicketChange
from tickets.models.citizen import Citizen
from tickets.models.citizen_blocks import CitizenBlock
from tickets.models.citizen_notes import CitizenNote
from tickets.models.data_requests import PersonalDataRequest
from tickets.models.desk_preferences import DeskPreference
from tickets.models.destruction import Destruction
from tickets.models.drills import Drill
from tickets.models.exports import Export
from tickets.models.file_deletion import PendingFileDeletion
from tickets.models.handovers import Handover
from tickets.models.legal_holds import LegalHold
from tickets.models.monthly import MonthlyReport
from tickets.models.notifications import Notification, NotificationPreference, Ring
from tickets.models.phone_calls import CallBack, PhoneCall
from tickets.models.presence import Presence
from tickets.models.published import PublicFigures, PublishedCell
from tickets.models.replies import ReplyDraft, ScheduledReply
from tickets.models.retention import Retention
from tickets.models.saved_filters import SavedFilter
from tickets.models.shifts import ShiftChange
from tickets.models.snoozes import Snooze
from tickets.models.ticket import DANGER, TO_CLAIM, Ticket
from tickets.models.ticket_choices import Kind, LocationSource, Priority, Source
from tickets.models.ticket_number import TicketNumber
from tickets.models.timeline import TicketEvent
from tickets.models.view_marks import TalkPresence, ViewMark
from tickets.models.wall_screens import WallScreen
from tickets.models.weekly import WeeklyMail

__all__ = [
    "DANGER",
    "TO_CLAIM",
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
    "DeskPreference",
    "Destruction",
    "Drill",
    "Export",
    "FeedEpoch",
    "Handover",
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
    "TalkPresence",
    "Ticket",
    "TicketChange",
    "TicketEvent",
    "TicketNumber",
    "ViewMark",
    "WallScreen",
    "WeeklyMail",
]
