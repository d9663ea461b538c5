"""When the periodic tasks run (Celery beat); times of day are UTC."""

from collections.abc import Mapping
from typing import Any

from celery.schedules import crontab

# What a lost wake-up costs at most. A tick that nobody took in time is thrown away: the next one does its work.
SCHEDULE: dict[str, dict[str, Any]] = {
    "inbox": {"task": "whatsapp.inbox", "schedule": 2.0, "options": {"expires": 10}},
    "outbox": {"task": "whatsapp.outbox", "schedule": 2.0, "options": {"expires": 10}},
    "media": {"task": "whatsapp.media", "schedule": 5.0, "options": {"expires": 10}},
    "uploads": {"task": "tickets.uploads", "schedule": 2.0, "options": {"expires": 10}},
    "ring": {"task": "tickets.ring", "schedule": 3.0, "options": {"expires": 3}},
    "staff": {"task": "tickets.tell_staff", "schedule": 3.0, "options": {"expires": 3}},
    "account_mails": {"task": "tickets.mail_accounts", "schedule": 3.0, "options": {"expires": 3}},
    "warnings": {"task": "whatsapp.warnings", "schedule": 5.0, "options": {"expires": 5}},
    "notifications": {"task": "whatsapp.notifications", "schedule": 3.0, "options": {"expires": 3}},
    "clocks": {"task": "tickets.watch_clocks", "schedule": 60.0, "options": {"expires": 60}},
    "later": {"task": "tickets.send_scheduled", "schedule": 10.0, "options": {"expires": 10}},
    "webhooks": {"task": "tickets.webhooks", "schedule": 5.0, "options": {"expires": 10}},
    "imports": {"task": "tickets.imports", "schedule": 2.0, "options": {"expires": 2}},
    "exports": {"task": "tickets.exports", "schedule": 2.0, "options": {"expires": 2}},
    "sweep": {"task": "tickets.sweep", "schedule": 3600.0, "options": {"expires": 3600}},
    "publish": {"task": "tickets.publish", "schedule": 3600.0, "options": {"expires": 3600}},
    "keys": {"task": "tickets.warn_of_keys", "schedule": 3600.0, "options": {"expires": 3600}},
    "monthly": {"task": "tickets.monthly_reports", "schedule": 900.0, "options": {"expires": 900}},
    "report_mails": {"task": "tickets.mail_reports", "schedule": 900.0, "options": {"expires": 900}},
    "close": {"task": "tickets.close_settled", "schedule": 600.0, "options": {"expires": 600}},
    # From two to five at night in Kayseri, some seconds at a time; then what no row names.
    "retention": {
        "task": "tickets.retention",
        "schedule": crontab(hour="23,0,1"),
        "options": {"expires": 50},
    },
    "tune_router_thresholds": {
        "task": "tickets.follow_the_desk",
        "schedule": crontab(minute="10", hour="0"),
        "options": {"expires": 3600},
    },
    "stray_files": {
        "task": "tickets.stray_files",
        "schedule": crontab(minute="30", hour="2"),
        "options": {"expires": 3600},
    },
}

TRACES = "melikgazi.observability.traces"


def schedule_for(workers: Mapping[str, int], *, traces: bool) -> dict[str, dict[str, Any]]:
    """The schedule where so many workers take from a queue that has its tick's name; with `traces` these are sent, too.

    Each has a tick of its own: one that hears of no task for long is taken for deaf and replaced (parent.py).
    """
    every = SCHEDULE | (
        {"traces": {"task": TRACES, "schedule": 30.0, "options": {"expires": 30}}} if traces else {}
    )
    return {
        f"{name}_{number}" if number > 1 else name: entry
        for name, entry in every.items()
        for number in range(1, workers.get(name, 1) + 1)
    }
