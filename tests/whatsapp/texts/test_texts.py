"""What a citizen reads: complete, in Turkish, and within the limits of the Cloud API."""

import re
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.base_data.loading import DATA, read_json
from tests.whatsapp.meta import text_of
from tickets.public.status import status_name
from tickets.record.statuses import Status
from whatsapp.graph.lengths import clip, units
from whatsapp.texts import render
from whatsapp.texts.catalog import TABLES, override_rules
from whatsapp.texts.confirmation import ConfirmationDetails, confirmation
from whatsapp.texts.render import OutgoingMessage, TicketLine

URL = "https://www.melikgazi.bel.tr/kvkk"
# Any text a person can send: no halves of surrogate pairs.
LONGEST_NUMBER = "MG-2026-1234567"
LONGEST = (
    ("categories.json", "public_name"),
    ("departments.json", "name"),
    ("mahalle_names.json", "name"),
    ("agencies.json", "text"),
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6000) | st.text(
    "😀👨‍👩‍👧", max_size=4000
)


def longest_of(table: str, key: str) -> str:
    entries: Any = read_json(DATA / table)
    return max((str(entry.get(key, "")) for entry in entries), key=len)


def gaps(said: Any) -> Any:
    """The table with each sentence replaced by what is to be filled in."""
    if isinstance(said, dict):
        return {key: gaps(value) for key, value in said.items()}
    return sorted(re.findall(r"\{+\w+\}+", said)) if isinstance(said, str) else len(said)


def check(words: OutgoingMessage) -> None:
    """Body, buttons and rows keep their limits; so does the template form."""
    match words.payload:
        case {"type": "text", "text": {"body": body}}:
            assert 1 <= units(body) <= 4096
        case {
            "type": "interactive",
            "interactive": {"type": "list", "body": {"text": body}, "action": action},
        }:
            assert 1 <= units(body) <= 4096
            assert units(action["button"]) <= 20
            rows = [row for section in action["sections"] for row in section["rows"]]
            assert 1 <= len(rows) <= 10
            assert all(units(row["title"]) <= 24 and units(row.get("description", "")) <= 72 for row in rows)
            assert len({row["id"] for row in rows}) == len(rows)
        case {"type": "interactive", "interactive": {"body": {"text": body}, "action": action}}:
            assert 1 <= units(body) <= 1024
            titles = [button["reply"]["title"] for button in action.get("buttons", ())]
            assert len(titles) <= 3
            assert len(set(titles)) == len(titles)
            assert all(1 <= units(title) <= 20 for title in titles)
        case other:
            raise AssertionError(other)
    assert words.template
    assert units(text_of({"type": "template", "template": words.template})) <= 1024
    for parameter in words.template["components"][0]["parameters"]:
        assert parameter["text"]
        assert not {"\n", "\t"} & set(parameter["text"])
        assert "     " not in parameter["text"]


# --- every sentence ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", TABLES)
@pytest.mark.parametrize("key", TABLES["tr"].sentences)
@pytest.mark.parametrize("url", ["", URL], ids=["alone", "with the notice"])
def test_every_sentence_fits_uncut(key: str, url: str, language: str):
    words = render.say(key, language, notice_url=url, number=LONGEST_NUMBER)
    check(words)
    assert not words.text.endswith("…")
    assert "{" not in words.text


@pytest.mark.parametrize("language", [language for language in TABLES if language != "tr"])
def test_every_language_says_everything_and_leaves_the_same_gaps(language: str):
    turkish, other = (asdict(TABLES[code]) for code in ("tr", language))
    assert gaps(other) == gaps(turkish)


@pytest.mark.parametrize("language", [language for language in TABLES if language != "tr"])
def test_whoever_is_told_to_call_112_is_told_so_in_every_language(language: str):
    def said(code: str) -> set[str]:
        return {key for key, text in TABLES[code].sentences.items() if "112" in text}

    assert said(language) == said("tr")


def test_a_status_is_called_in_the_talk_as_on_the_public_page():
    assert TABLES["tr"].statuses == {status.value: status_name(status) for status in Status}


def test_turkish_has_one_apostrophe():
    whole = override_rules.flat(TABLES["tr"]) | dict(TABLES["tr"].templates)
    assert [key for key, text in whole.items() if "'" in text] == []


def test_what_citizens_read_is_called_basvuru_not_talep():
    calls = {
        key for key, text in override_rules.flat(TABLES["tr"]).items() if re.search(r"\b[Tt]ale[bp]", text)
    }
    assert calls <= {"sentences.person"}


@pytest.mark.parametrize("language", TABLES)
def test_every_first_sentence_of_danger_names_the_number_to_call(language: str):
    firsts = {key: text for key, text in TABLES[language].danger.items() if key.startswith("first.")}
    assert firsts
    assert [key for key, text in firsts.items() if "112" not in text] == []


def test_gas_and_wires_name_their_own_emergency_numbers():
    assert "187" in TABLES["tr"].danger["first.gas_in"]
    assert "186" in TABLES["tr"].danger["first.wire"]


@pytest.mark.parametrize("language", TABLES)
def test_no_other_number_than_the_confirmed_ones_is_named_in_danger(language: str):
    named = {number for text in TABLES[language].danger.values() for number in re.findall(r"\d{3,}", text)}
    assert named == {"112", "185", "186", "187"}


def test_no_warning_promises_that_help_is_on_its_way():
    promises = ("geliyoruz", "geliyorlar", "yolda ", "yoldalar", "yola çıktı", "en kısa sürede")
    assert not [text for text in TABLES["tr"].danger.values() if any(each in text for each in promises)]


def test_the_notice_stands_after_the_answer_and_links_to_the_whole():
    text = render.say("hello", notice_url=URL).text
    assert text.startswith("Merhaba")
    assert text.endswith(URL)


def test_the_notice_stays_whole_below_an_answer_that_is_too_long_for_both():
    text = render.say("faq", detail="uzun " * 1000, notice_url=URL).text
    assert units(text) <= 4096
    assert text.endswith(URL)


def test_the_place_is_asked_for_with_whatsapps_own_button():
    interactive = render.say("ask_place").payload["interactive"]
    assert (interactive["type"], interactive["action"]) == (
        "location_request_message",
        {"name": "send_location"},
    )


def test_a_sentence_that_does_not_exist_is_a_bug():
    with pytest.raises(KeyError):
        render.say("nothing")


# --- confirmations, statuses, news ---------------------------------------------------------------------------
def test_a_confirmation_gives_the_facts():
    line = TicketLine("MG-2026-000001", "Çukur", "NEW", "Fen İşleri", "Alpaslan", date(2026, 12, 1))
    assert confirmation(line, ConfirmationDetails()).text.split("\n") == [
        "Başvurunuz alındı.",
        "Başvuru no: MG-2026-000001",
        "Konu: Çukur",
        "Birim: Fen İşleri",
        "Mahalle: Alpaslan",
        "Hedef: en geç 1 Aralık 2026",
    ]


def test_a_confirmation_says_what_is_missing():
    said = confirmation(TicketLine("MG-2026-000001", "Çukur", "NEW"), ConfirmationDetails(["what", "place"]))
    assert "Ne olduğunu henüz bilmiyoruz." in said.text
    assert "Yeri henüz bilmiyoruz." in said.text


def test_without_a_subject_its_line_is_left_out():
    line = TicketLine("MG-2026-000001", "", "NEW")
    assert "Konu" not in confirmation(line, ConfirmationDetails()).text
    assert render.statuses([line], asked=None).text == "MG-2026-000001: Alındı"


def test_a_confirmation_of_somebody_elses_job_names_them_and_promises_no_day():
    line = TicketLine("MG-2026-000001", "Su kesintisi", "NEW", due=date(2026, 12, 1))
    text = confirmation(line, ConfirmationDetails(agency="KASKİ bakar: 185.")).text
    assert "KASKİ bakar: 185." in text
    assert "Hedef" not in text


@pytest.mark.parametrize("language", TABLES)
def test_with_all_that_can_be_said_and_the_longest_names_a_confirmation_is_uncut(language: str):
    longest = {table: longest_of(table, key) for table, key in LONGEST}
    line = TicketLine(
        LONGEST_NUMBER,
        longest["categories.json"],
        "NEW",
        longest["departments.json"],
        longest["mahalle_names.json"],
        date(2026, 11, 30),
    )
    agency = longest["agencies.json"]
    whole = ConfirmationDetails(["what", "place"], agency, known=True, several=True, spoken=True, closed=True)
    words = confirmation(line, whole, language, notice_url=URL)
    check(words)
    assert not words.text.endswith("…")


@pytest.mark.parametrize("status", [status for status in Status if status not in (Status.NEW, Status.REVIEW)])
def test_every_status_that_is_told_has_its_sentence(status: Status):
    words = render.news(status, "MG-2026-000001", text="Bitti.")
    assert words
    check(words)
    assert "MG-2026-000001" in words.text


@pytest.mark.parametrize("status", ["", Status.NEW, Status.REVIEW])
def test_what_is_no_news_has_no_words(status: str):
    assert render.news(status, "MG-2026-000001") is None


def test_no_sentence_is_left_with_a_gap():
    told = [render.news(status, "MG-2026-000001") for status in Status]
    for words in filter(None, told):
        assert "{" not in words.text
        assert words.text == words.text.strip()


def test_a_day_is_written_as_people_write_it():
    assert [render.day(date(2026, month, 3), TABLES["tr"]).split()[1] for month in range(1, 13)] == (
        [
            "Ocak",
            "Şubat",
            "Mart",
            "Nisan",
            "Mayıs",
            "Haziran",
            "Temmuz",
            "Ağustos",
            "Eylül",
            "Ekim",
            "Kasım",
            "Aralık",
        ]
    )


# --- limits --------------------------------------------------------------------------------------------------
@given(ANY_TEXT, ANY_TEXT)
def test_whatever_people_write_a_confirmation_fits(summary: str, agency: str):
    line = TicketLine("MG-2026-000001", summary, "NEW", due=date(2026, 12, 1))
    check(confirmation(line, ConfirmationDetails(["place"], agency), notice_url=URL))


@given(ANY_TEXT)
def test_whatever_staff_write_news_fits(text: str):
    words = render.news(Status.RESOLVED, "MG-2026-000001", text=text)
    assert words
    check(words)


@given(st.lists(ANY_TEXT, min_size=1, max_size=5))
def test_whatever_tickets_are_called_a_list_of_them_fits(summaries: list[str]):
    lines = [TicketLine(f"MG-2026-{n:06}", summary, "NEW") for n, summary in enumerate(summaries)]
    check(render.statuses(lines, asked=None, notice_url=URL))


def test_an_answer_too_long_for_buttons_is_kept_whole():
    words = render.news(Status.RESOLVED, "MG-2026-000001", text="uzun " * 500)
    assert words
    assert words.payload["interactive"]["type"] == "list"
    assert "uzun " * 499 in words.payload["interactive"]["body"]["text"]


@given(ANY_TEXT, st.integers(1, 4096))
def test_a_clipped_text_fits_and_is_the_beginning_of_the_whole(text: str, limit: int):
    clipped = clip(text, limit)
    assert units(clipped) <= limit
    if clipped != text:
        assert clipped.endswith("…")
        assert text.startswith(clipped[:-1])


@pytest.mark.parametrize("limit", range(1, 8))
def test_no_emoji_is_cut_in_half(limit: int):
    clip("😀" * 9, limit).encode()
    assert set(clip("😀" * 9, limit)) <= {"😀", "…"}


def test_most_emoji_count_twice():
    assert (units("a"), units("ğ"), units("😀")) == (1, 1, 2)
