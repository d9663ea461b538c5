"""Until when something can be put off: what is offered, what was chosen, how it is said."""

from datetime import date, datetime, time, timedelta

from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime

from departments.working_time.working_hours import ISTANBUL
from tickets.record.workflow import MissingFields

MORNING = time(8, 30)  # when what was put off to another day comes back


def presets(now: datetime) -> list[tuple[str, str]]:
    """What is offered for putting off: code and label."""
    return [(code, label) for code, (label, at) in _presets(now).items() if at > now]


def _presets(now: datetime) -> dict[str, tuple[str, datetime]]:
    today = localtime(now, ISTANBUL).date()
    monday = today + timedelta(days=7 - today.weekday())

    def morning(day: date) -> datetime:
        return datetime.combine(day, MORNING, tzinfo=ISTANBUL)

    return {
        "1s": ("1 saat", now + timedelta(hours=1)),
        "3s": ("3 saat", now + timedelta(hours=3)),
        "yarin": ("Yarın sabah", morning(today + timedelta(days=1))),
        "pazartesi": ("Pazartesi", morning(monday)),
    }


def until_of(written: str, now: datetime) -> datetime:
    """A preset's code, or a day with or without a time. Raises MissingFields."""
    if written in _presets(now):
        return _presets(now)[written][1]
    try:
        moment = parse_datetime(written) or parse_datetime(f"{written}T{MORNING:%H:%M}")
    except ValueError:
        moment = None
    if moment is None:
        raise MissingFields({"until": "Ne zamana? Bir süre ya da gün ve saat seçin."})
    return moment if moment.tzinfo else moment.replace(tzinfo=ISTANBUL)


def spoken(until: datetime, now: datetime) -> str:
    """`Bugün 15.30 saatine kadar`."""
    return f"{moment(until, now)} saatine kadar"


def moment(until: datetime, now: datetime) -> str:
    """`Bugün 15.30`."""
    local, today = localtime(until, ISTANBUL), localtime(now, ISTANBUL).date()
    days = (local.date() - today).days
    day = {0: "Bugün", 1: "Yarın"}.get(days) or f"{local:%d.%m.%Y}"
    return f"{day} {local:%H.%M}"
