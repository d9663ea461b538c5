"""Every write on a ticket. Each is one transaction of its own (or joins the caller's): the row, its timeline entry and
the channel's wake-up after the commit. Refusals are `tickets.workflow.TransitionError`s and leave nothing behind.
"""

from tickets.services._attachment_rows import ReceivedFile
from tickets.services.access_log import log_access
from tickets.services.acts import (
    ACTS,
    TakenBackMeanwhile,
    as_told,
    forget_acts,
    just_opened,
    offered,
    perform,
    several,
    take_back,
)
from tickets.services.assigning import assign
from tickets.services.attachments import (
    attach_all,
    attachment_lost,
    attachment_stored,
    note_lost_untold,
)
from tickets.services.blurring import blur, disclose
from tickets.services.citizen_blocks import block, end_blocks, lift_block
from tickets.services.citizen_notes import delete_note, note_citizen
from tickets.services.classifying import classify, name_subject
from tickets.services.clocks import watch_clocks
from tickets.services.closing import close_settled
from tickets.services.danger import (
    News,
    claim,
    note_copied,
    note_news,
    raise_danger,
    release,
)
from tickets.services.danger_corrections import correct_danger
from tickets.services.danger_ringing import (
    first_rung,
    notify_of_danger,
    ring_again,
    warning_delivered,
    warning_undelivered,
)
from tickets.services.danger_steps import DangerStep, tick
from tickets.services.data_requests import ask_officer, close_request, waits_for_officer
from tickets.services.data_subjects import looked_up
from tickets.services.descriptions import describe
from tickets.services.drafts import drafts_to, forget_draft, save_draft
from tickets.services.drills import claim_drill, start_drill
from tickets.services.erasure import NotYet, UnderLegalHold, erase
from tickets.services.fieldwork import finish_work
from tickets.services.hiding import hide, reveal, take_files_back, unhide
from tickets.services.intake import Caller, take_request
from tickets.services.learning import follow_the_desk
from tickets.services.legal_holds import held_since, legal_hold_ids, lift_hold, place_hold
from tickets.services.locating import locate
from tickets.services.macros import preview_macro, run_macro
from tickets.services.mentions import may_be_mentioned
from tickets.services.monthly import (
    keep_monthly_reports,
    letterhead,
    mail_monthly_reports,
    month_before,
    paper_of,
)
from tickets.services.notes import add_note
from tickets.services.notification_mails import mail_accounts, mail_notifications
from tickets.services.notifications import (
    choose_means,
    is_off_duty_crew,
    is_still_theirs,
    messaged,
    see_notifications,
    still_theirs,
    to_message,
)
from tickets.services.opening import Report, open_report, open_ticket
from tickets.services.phone_access import may_unmask, search_note, unmask, unmask_citizen, works_on
from tickets.services.phone_calls import (
    call_backs_by_now,
    due_call_backs,
    end_call_back,
    log_call,
    visible_call_backs,
)
from tickets.services.presence import say_presence
from tickets.services.priorities import prioritise
from tickets.services.publishing import publish
from tickets.services.rating import rate
from tickets.services.registry import register, required_numbers
from tickets.services.replies import hand_back, may_reply, reply, take_over
from tickets.services.ring_telephones import call_telephones
from tickets.services.saved_filters import filters_of, forget_filter, save_filter
from tickets.services.scheduled_replies import cancel_reply, schedule_reply, send_scheduled, times_offered
from tickets.services.shifts import (
    ShiftHandover,
    hand_over_shift,
    may_hand_over_shift,
    return_shift,
    shift_changes,
)
from tickets.services.snoozing import end_due_snoozes, snooze, wake
from tickets.services.splitting import split
from tickets.services.talk_replies import (
    answer_by_macro,
    cancel_answer,
    preview_answer_by_macro,
    schedule_answer,
    ticket_to_come,
)
from tickets.services.transitions import change_status, news_of
from tickets.services.undo_window import undo_until
from tickets.services.uploads import attach_after_photo, attach_uploads, photo_type, raw_photo
from tickets.services.view_marks import forget_talks, keep_open, leave, leave_talks, mark_talk, mark_viewed
from tickets.services.waiting_for_person.begins import await_staff
from tickets.services.waiting_for_person.escalation import watch_handovers
from tickets.services.wall_screens import open_screen, screen_of, shut_screen
from tickets.services.weekly import mail_weekly, want_weekly

__all__ = [
    "ACTS",
    "Caller",
    "DangerStep",
    "News",
    "NotYet",
    "ReceivedFile",
    "Report",
    "ShiftHandover",
    "TakenBackMeanwhile",
    "UnderLegalHold",
    "add_note",
    "answer_by_macro",
    "as_told",
    "ask_officer",
    "assign",
    "attach_after_photo",
    "attach_all",
    "attach_uploads",
    "attachment_lost",
    "attachment_stored",
    "await_staff",
    "block",
    "blur",
    "call_backs_by_now",
    "call_telephones",
    "cancel_answer",
    "cancel_reply",
    "change_status",
    "choose_means",
    "claim",
    "claim_drill",
    "classify",
    "close_request",
    "close_settled",
    "correct_danger",
    "delete_note",
    "describe",
    "disclose",
    "drafts_to",
    "due_call_backs",
    "end_blocks",
    "end_call_back",
    "end_due_snoozes",
    "erase",
    "filters_of",
    "finish_work",
    "first_rung",
    "follow_the_desk",
    "forget_acts",
    "forget_draft",
    "forget_filter",
    "forget_talks",
    "hand_back",
    "hand_over_shift",
    "held_since",
    "hide",
    "is_off_duty_crew",
    "is_still_theirs",
    "just_opened",
    "keep_monthly_reports",
    "keep_open",
    "leave",
    "leave_talks",
    "legal_hold_ids",
    "letterhead",
    "lift_block",
    "lift_hold",
    "locate",
    "log_access",
    "log_call",
    "looked_up",
    "mail_accounts",
    "mail_monthly_reports",
    "mail_notifications",
    "mail_weekly",
    "mark_talk",
    "mark_viewed",
    "may_be_mentioned",
    "may_hand_over_shift",
    "may_reply",
    "may_unmask",
    "messaged",
    "month_before",
    "name_subject",
    "news_of",
    "note_citizen",
    "note_copied",
    "note_lost_untold",
    "note_news",
    "notify_of_danger",
    "offered",
    "open_report",
    "open_screen",
    "open_ticket",
    "paper_of",
    "perform",
    "photo_type",
    "place_hold",
    "preview_answer_by_macro",
    "preview_macro",
    "prioritise",
    "publish",
    "raise_danger",
    "rate",
    "raw_photo",
    "register",
    "release",
    "reply",
    "required_numbers",
    "return_shift",
    "reveal",
    "ring_again",
    "run_macro",
    "save_draft",
    "save_filter",
    "say_presence",
    "schedule_answer",
    "schedule_reply",
    "screen_of",
    "search_note",
    "see_notifications",
    "send_scheduled",
    "several",
    "shift_changes",
    "shut_screen",
    "snooze",
    "split",
    "start_drill",
    "still_theirs",
    "take_back",
    "take_files_back",
    "take_over",
    "take_request",
    "tick",
    "ticket_to_come",
    "times_offered",
    "to_message",
    "undo_until",
    "unhide",
    "unmask",
    "unmask_citizen",
    "visible_call_backs",
    "waits_for_officer",
    "wake",
    "want_weekly",
    "warning_delivered",
    "warning_undelivered",
    "watch_clocks",
    "watch_handovers",
    "works_on",
]
