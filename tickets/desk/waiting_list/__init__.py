"""Who waits for a person: the list, the talk beside it, and what is done with it."""

from tickets.desk.waiting_list.acts import act, act_on_ticket
from tickets.desk.waiting_list.page import (
    beat,
    beat_of_ticket,
    draft,
    leave,
    listed,
    since_of_newest,
    waiting_count,
)
from tickets.desk.waiting_list.talks import answers, file, may_open, of_call, of_ticket, preview, talk

__all__ = [
    "act",
    "act_on_ticket",
    "answers",
    "beat",
    "beat_of_ticket",
    "draft",
    "file",
    "leave",
    "listed",
    "may_open",
    "of_call",
    "of_ticket",
    "preview",
    "since_of_newest",
    "talk",
    "waiting_count",
]
