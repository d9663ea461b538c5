"""What a citizen reads: complete, in Turkish, and within the limits of the Cloud API."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.loading import DATA, read_json
from tickets.workflow import Status
from whatsapp import texts
from whatsapp.texts import TicketLine, Words, clip, units

URL = "https://www.melikgazi.bel.tr/kvkk"
# Any text a person can send: no halves of surrogate pairs.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6000) | st.text(
    "😀👨‍👩‍👧", max_size=4000
)


def check(words: Words) -> None:
    """The body keeps its limit and says what staff see; the template form keeps its own."""
    match words.payload:
        case {"type": "text", "text": {"body": body}}:
            assert 1 <= units(body) <= 4096
        case {"type": "interactive", "interactive": {"body": {"text": body}}}:
            assert 1 <= units(body) <= 1024
        case other:
            raise AssertionError(other)
    assert words.text == body
    (component,) = words.template["components"]
    (parameter,) = component["parameters"]
    assert units(texts.TEMPLATE_BODY.replace("{{1}}", parameter["text"])) <= 1024
    assert parameter["text"]
    assert not {"\n", "\t"} & set(parameter["text"])
    assert "     " not in parameter["text"]


# --- every sentence ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", [*texts._SENTENCES, "danger"])
@pytest.mark.parametrize("url", ["", URL], ids=["alone", "with the notice"])
def test_every_sentence_fits_uncut(key: str, url: str):
    words = texts.say(key, notice_url=url)
    check(words)
    assert not words.text.endswith("…")


@pytest.mark.parametrize(
    ("agency", "number"), [("kayserigaz", "187"), ("kcetas", "186"), ("melikgazi", "112")]
)
def test_a_danger_names_the_number_to_call(agency: str, number: str):
    assert number in texts.say("danger", detail=agency).text
    assert "112" in texts.say("danger", detail=agency).text


def test_nothing_stands_before_a_warning_of_danger():
    text = texts.say("danger", notice_url=URL, detail="kayserigaz").text
    assert text.startswith("Gaz kokusu")
    assert URL in text


def test_the_agencies_with_an_own_warning_exist():
    agencies: Any = read_json(DATA / "agencies.json")
    assert {entry["code"] for entry in agencies} >= set(texts._DANGER) - {""}


def test_the_notice_stands_before_the_answer_and_links_to_the_whole():
    text = texts.say("hello", notice_url=URL).text
    assert text.index(URL) < text.index("Merhaba")


def test_the_place_is_asked_for_with_whatsapps_own_button():
    interactive = texts.say("ask_place").payload["interactive"]
    assert (interactive["type"], interactive["action"]) == (
        "location_request_message",
        {"name": "send_location"},
    )


def test_a_sentence_that_does_not_exist_is_a_bug():
    with pytest.raises(KeyError):
        texts.say("nothing")


# --- confirmations, statuses, news ---------------------------------------------------------------------------
def test_a_confirmation_gives_the_facts():
    line = TicketLine("MG-2026-000001", "Çukur", "Alındı", "Fen İşleri", "Alpaslan", date(2026, 12, 1))
    assert texts.confirmation(line, missing=[]).text.split("\n") == [
        "Başvurunuz alındı.",
        "Başvuru no: MG-2026-000001",
        "Konu: Çukur",
        "Birim: Fen İşleri",
        "Mahalle: Alpaslan",
        "Beklenen sonuç: en geç 1 Aralık 2026",
    ]


def test_a_confirmation_says_what_is_missing():
    line = TicketLine("MG-2026-000001", "Çukur", "Alındı")
    assert "Eksik: açıklama ve konum." in texts.confirmation(line, missing=["açıklama", "konum"]).text


def test_a_confirmation_of_somebody_elses_job_names_them_and_promises_no_day():
    line = TicketLine("MG-2026-000001", "Su kesintisi", "Alındı", due=date(2026, 12, 1))
    text = texts.confirmation(line, missing=[], agency="KASKİ bakar: 185.").text
    assert "KASKİ bakar: 185." in text
    assert "Beklenen sonuç" not in text


@pytest.mark.parametrize("status", [status for status in Status if status not in (Status.NEW, Status.REVIEW)])
def test_every_status_that_is_told_has_its_sentence(status: Status):
    words = texts.news(status, "MG-2026-000001", text="Bitti.")
    assert words
    check(words)
    assert "MG-2026-000001" in words.text


@pytest.mark.parametrize("status", ["", Status.NEW, Status.REVIEW])
def test_what_is_no_news_has_no_words(status: str):
    assert texts.news(status, "MG-2026-000001") is None


def test_no_sentence_is_left_with_a_gap():
    told = [texts.news(status, "MG-2026-000001") for status in Status]
    for words in filter(None, told):
        assert "{" not in words.text
        assert words.text == words.text.strip()


def test_a_day_is_written_as_people_write_it():
    assert [texts.day(date(2026, month, 3)).split()[1] for month in range(1, 13)] == (
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
    line = TicketLine("MG-2026-000001", summary, "Alındı", due=date(2026, 12, 1))
    check(texts.confirmation(line, missing=["konum"], agency=agency, notice_url=URL))


@given(ANY_TEXT)
def test_whatever_staff_write_news_fits(text: str):
    words = texts.news(Status.RESOLVED, "MG-2026-000001", text=text)
    assert words
    check(words)


@given(st.lists(ANY_TEXT, min_size=1, max_size=5))
def test_whatever_tickets_are_called_a_list_of_them_fits(summaries: list[str]):
    lines = [TicketLine(f"MG-2026-{n:06}", summary, "Alındı") for n, summary in enumerate(summaries)]
    check(texts.statuses(lines, asked=None, notice_url=URL))


@given(ANY_TEXT)
def test_a_long_question_fits_its_button(text: str):
    check(texts.location_request("?" + text))


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
