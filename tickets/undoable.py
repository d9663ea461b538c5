"""Which services are acts that staff can take back (undo/actions.py), filled in when Django is ready."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from tickets.answering import conversation_replies, conversations
from tickets.answering.macros import run_macro
from tickets.answering.phone_calls import end_call_back, log_call
from tickets.answering.replies import hand_back, reply, take_over
from tickets.answering.scheduled_replies import cancel_reply, schedule_reply
from tickets.answering.snoozing import snooze, wake
from tickets.attachments.file_deletion import schedule_deletion
from tickets.attachments.hiding import hide, unhide
from tickets.back_office.names import display_name
from tickets.back_office.saved_filters import forget_filter, save_filter
from tickets.board.shifts import transfer_shift, undo_shift_transfer
from tickets.casework.assigning import assign
from tickets.casework.classifying import classify
from tickets.casework.locating import locate
from tickets.casework.notes import add_note
from tickets.casework.priorities import prioritise
from tickets.casework.registry import register
from tickets.casework.splitting import split
from tickets.casework.transitions import change_status
from tickets.citizens import blocks, notes
from tickets.danger.corrections import correct_danger
from tickets.danger.services import acknowledge, reclaim, release, release_own
from tickets.field_work.services import finish_work
from tickets.public.publishing import publish
from tickets.record.models.acts import Act
from tickets.record.models.attachments import Attachment, PendingUpload
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor
from tickets.record.statuses import STATUSES
from tickets.undo import actions, restoring
from tickets.undo.actions import UndoableAction


def fill() -> None:
    """Registers every act, and how the files of a row are deleted when the row is taken back."""
    actions.UNDOABLE_ACTIONS.update(_ACTS)
    restoring.BEFORE_DELETION.update(
        {
            Attachment: lambda row, now: schedule_deletion(
                [row.file.name or "", row.original.name or ""], now
            ),
            PendingUpload: lambda row, now: schedule_deletion([row.name], now),
        }
    )


def _title_of_move(given: Mapping[str, Any]) -> str:
    department = given.get("department")
    done = STATUSES[given["to"]].done
    return f"{done}: {department}" if department else done


def _title_of_assigning(given: Mapping[str, Any]) -> str:
    person = given.get("assignee")
    to = [str(given["department"])] if given.get("department") else []
    to += [display_name(person)] if person else []
    return f"Atandı: {', '.join(to)}" if to else "Atandı"


def _let_go(_act: Act, ticket: Ticket, actor: Actor, now: datetime) -> None:
    release_own(ticket=ticket, actor=actor, now=now, reason="Yanlışlıkla üstlendi, hemen geri aldı")


def _give_back(act: Act, ticket: Ticket, actor: Actor, now: datetime) -> None:
    changes = act.changes.filter(table=Ticket._meta.db_table, before__has_key="claimed_by_id")
    claimer = User.objects.get(pk=changes.values_list("before__claimed_by_id", flat=True).get())
    reclaim(ticket=ticket, claimer=claimer, actor=actor, now=now)


_ACTS: Mapping[str, UndoableAction] = {
    "move": UndoableAction(change_status, _title_of_move),
    "assign": UndoableAction(assign, _title_of_assigning),
    "classify": UndoableAction(classify, "Konu değişti"),
    "priority": UndoableAction(prioritise, "Öncelik değişti"),
    "danger": UndoableAction(correct_danger, "Tehlike düzeltildi"),
    "place": UndoableAction(locate, "Konum değişti"),
    "split": UndoableAction(split, "İkiye ayrıldı"),
    "publish": UndoableAction(publish, "Yayın değişti"),
    "register": UndoableAction(register, "Numaralar kaydedildi"),
    "note": UndoableAction(add_note, "Not eklendi"),
    "finish": UndoableAction(finish_work, "İş bitti"),
    "hide": UndoableAction(hide, "Dosya gizlendi"),
    "unhide": UndoableAction(unhide, "Dosya yeniden gösterildi"),
    "reply": UndoableAction(reply, "Cevap yazıldı", in_danger_at_once=True),
    "schedule": UndoableAction(schedule_reply, "Cevap saatini bekliyor"),
    "unschedule": UndoableAction(cancel_reply, "İleri tarihli cevaptan vazgeçildi"),
    "macro": UndoableAction(run_macro, "Makro uygulandı", in_danger_at_once=True),
    "call": UndoableAction(log_call, "Arama kaydedildi"),
    "end_call_back": UndoableAction(end_call_back, "Geri aramadan vazgeçildi"),
    "note_citizen": UndoableAction(notes.note_citizen, "Kişi notu eklendi"),
    "delete_note": UndoableAction(notes.delete_note, "Kişi notu silindi"),
    "block": UndoableAction(blocks.block, "Kişi engellendi"),
    "lift_block": UndoableAction(blocks.lift_block, "Engel kaldırıldı"),
    "take_over": UndoableAction(take_over, "Görüşme devralındı"),
    "hand_back": UndoableAction(hand_back, "Görüşme hatta bırakıldı"),
    "take_talk": UndoableAction(conversations.take, "Görüşme alındı"),
    "give_talk": UndoableAction(conversations.assign, "Görüşme verildi"),
    "answer": UndoableAction(conversation_replies.answer, "Cevap yazıldı", in_danger_at_once=True),
    "schedule_answer": UndoableAction(conversation_replies.schedule_answer, "Cevap saatini bekliyor"),
    "cancel_answer": UndoableAction(conversation_replies.cancel_answer, "İleri tarihli cevaptan vazgeçildi"),
    "answer_by_macro": UndoableAction(
        conversation_replies.answer_by_macro, "Başvuru açıldı, makro uygulandı", in_danger_at_once=True
    ),
    "close_talk": UndoableAction(conversations.close, "Bekleyen görüşme kapatıldı"),
    "join_talk": UndoableAction(conversations.join, "Görüşme başvuruya eklendi"),
    "ticket_of_talk": UndoableAction(conversations.make_ticket, "Görüşmeden başvuru açıldı"),
    "snooze": UndoableAction(snooze, "Ertelendi"),
    "wake": UndoableAction(wake, "Erteleme kaldırıldı"),
    "hand_over": UndoableAction(transfer_shift, "Vardiya devredildi"),
    "undo_shift_transfer": UndoableAction(undo_shift_transfer, "Devredilen işler geri verildi"),
    "save_filter": UndoableAction(save_filter, "Görünüm kaydedildi", taken_back="Görünümler eskisi gibi."),
    "forget_filter": UndoableAction(forget_filter, "Görünüm silindi", taken_back="Görünümler eskisi gibi."),
    "claim": UndoableAction(
        acknowledge, "Acil bildirim üstlenildi", at_once=True, back=_let_go, taken_back="Yeniden çalıyor."
    ),
    "release": UndoableAction(
        release,
        "Acil bildirim bırakıldı",
        at_once=True,
        back=_give_back,
        taken_back="Üstlenen yine aynı kişi.",
    ),
}
