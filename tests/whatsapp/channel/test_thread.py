"""The messages about a ticket, as its page shows them."""

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE
from whatsapp.channel.port import WhatsApp


def test_messages_of_one_second_keep_their_order(line: Line) -> None:
    said = [f"Alpaslan mahallesinde yolda çukur var, {each}" for each in ("birinci", "ikinci", "üçüncü")]
    line.hear(*(wire.text(AYSE, words) for words in said))  # Meta tells whole seconds
    line.later(seconds=20)
    shown = [each.text for each in WhatsApp().messages(line.ticket(), loose=True) if each.direction == "in"]
    assert shown == said
