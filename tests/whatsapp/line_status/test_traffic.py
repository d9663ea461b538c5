"""What went through the line, as the reports are told."""

from datetime import timedelta

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.sending import say
from whatsapp.line_status import statistics
from whatsapp.models import Outbox

DAY = timedelta(days=1)


def test_messages_are_counted_by_the_moment_they_came_in_or_were_written(line: Line):
    line.hear(wire.text(wire.AYSE, "Merhaba"), wire.text(wire.AYSE, "Orada mısınız"))
    say(line, "Buyurun", "Dinliyoruz")
    Outbox.objects.filter(text="Buyurun").update(sent_at=line.now + timedelta(seconds=2))
    found = statistics.between(line.now - DAY, line.now + DAY)
    assert (found.received, found.citizens, found.written, found.sent) == (2, 1, 2, 1)
    assert (found.median_seconds, found.p90_seconds) == (2.0, 2.0)
    before = statistics.between(line.now - 2 * DAY, line.now - DAY)
    assert (before.received, before.written, before.median_seconds) == (0, 0, None)


def test_a_message_counts_by_how_far_it_got(line: Line):
    for state in Outbox.State:
        say(line, state.label)
        Outbox.objects.filter(text=state.label).update(state=state)
    found = statistics.between(line.now - DAY, line.now + DAY)
    assert (found.written, found.delivered, found.read, found.failed) == (6, 2, 1, 1)
