"""Whether the warnings of danger reach their citizens, and who hears of it where they do not."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.poison import poison
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import graph_error
from tickets.danger.services import acknowledge, release
from tickets.models import Citizen, Ticket, TicketEvent
from tickets.record.permissions import actor_of
from whatsapp.handover.duration import LEFT_TO_STAFF
from whatsapp.models import Outbox
from whatsapp.outbox import warnings
from whatsapp.turns import runner

FIRE = wire.text(wire.AYSE, "Alpaslan mahallesinde apartmanda yangın çıktı")
DESPAIR = wire.text(wire.AYSE, "artık yaşamak istemiyorum")


def watch(line: Line) -> bool:
    """Looks now; returns whether the ticket's citizen is known not to be warned."""
    warnings.watch(line.now)
    return line.ticket().unwarned_at is not None


def heard(line: Line, message: dict[str, Any]) -> None:
    """The message arrives and is answered, but nothing leaves."""
    line.arrives(message)
    line.ingest_all()
    runner.run_due(line.clock)


def claimed(line: Line) -> None:
    """Somebody claims the danger, and lets it go again."""
    user, _ = User.objects.get_or_create(username="nobetci", is_superuser=True)
    actor = actor_of(user)
    acknowledge(ticket=line.ticket(), actor=actor, now=line.now)
    line.later(seconds=5)
    release(ticket=line.ticket(), actor=actor, now=line.now, reason="vardiya bitti")
    line.later(seconds=5)


def test_a_warning_that_left_raises_no_alarm(line: Line) -> None:
    line.hear(FIRE)
    line.later(minutes=2)
    assert not watch(line)


def test_a_warning_that_was_refused_raises_the_alarm_at_once(line: Line) -> None:
    line.meta.answers.append(graph_error(131026))
    line.hear(FIRE)
    assert watch(line)


def test_a_warning_that_meta_could_not_deliver_raises_the_alarm(line: Line) -> None:
    line.hear(FIRE)
    warning = Outbox.objects.earliest("id")
    line.told(wire.status(warning.wamid or "", "failed"))
    assert watch(line)


def test_a_warning_that_waits_raises_the_alarm_after_half_a_minute(line: Line) -> None:
    heard(line, FIRE)
    assert not watch(line)
    line.now += warnings.UNSENT_FOR
    assert watch(line)


def test_the_alarm_ends_when_the_warning_has_left(line: Line) -> None:
    heard(line, FIRE)
    line.now += warnings.UNSENT_FOR
    watch(line)
    line.later(seconds=5)
    assert not watch(line)


def test_what_failed_before_the_danger_was_told_of_is_no_warning(line: Line) -> None:
    line.hear(FIRE)
    Outbox.objects.update(
        state=Outbox.State.FAILED, created_at=line.ticket().created_at - warnings.UNSENT_FOR
    )
    assert not watch(line)


def test_whoever_is_in_despair_hears_once_that_a_person_writes(line: Line) -> None:
    line.hear(DESPAIR)
    line.later(seconds=10)
    line.meta.sent.clear()
    for _ in range(2):
        claimed(line)
    assert line.meta.texts() == ["Bir görevlimiz size yazıyor."]


@pytest.mark.parametrize("words", ["kocam beni dövüyor", "Alpaslan mahallesinde apartmanda yangın çıktı"])
def test_others_hear_nothing_of_a_claim(line: Line, words: str) -> None:
    line.hear(wire.text(wire.AYSE, words))
    line.later(seconds=10)
    line.meta.sent.clear()
    claimed(line)
    assert line.meta.texts() == []
    assert (
        TicketEvent.objects.filter(kind=TicketEvent.Kind.CLAIMED, announce=True, announced_at=None).count()
        == 0
    )


def test_whom_a_person_has_written_to_already_is_not_told_so(line: Line) -> None:
    line.hear(DESPAIR)
    line.later(seconds=10)
    citizen = Citizen.objects.get()
    citizen.conversation.staff_at = line.now
    citizen.conversation.save()
    line.meta.sent.clear()
    claimed(line)
    assert line.meta.texts() == []


def test_whom_somebody_wrote_to_days_ago_is_told_so_all_the_same(line: Line) -> None:
    line.hear(DESPAIR)
    line.later(seconds=10)
    citizen = Citizen.objects.get()
    citizen.conversation.staff_at = line.now - LEFT_TO_STAFF
    citizen.conversation.save()
    line.meta.sent.clear()
    claimed(line)
    assert line.meta.texts() == ["Bir görevlimiz size yazıyor."]


def test_watching_goes_on_after_a_poison_ticket(line: Line) -> None:
    for who in (wire.AYSE, wire.VELI):
        line.meta.answers.append(graph_error(131026))
        line.hear(wire.text(who, "Alpaslan mahallesinde apartmanda yangın çıktı"))
    first, second = Ticket.objects.order_by("pk")
    poison(Ticket, f"NEW.id = {first.pk}", on="UPDATE")
    warnings.watch(line.now)
    second.refresh_from_db()
    assert second.unwarned_at is not None
