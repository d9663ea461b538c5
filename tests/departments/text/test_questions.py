"""What has the form of a question, and which of it an answer in words would settle."""

import pytest

from departments.routing.active_model import shipped_model
from departments.text.questions import has_question_form, read_questions, told_and_asked
from departments.text.vocabulary import tokens
from departments.training.router_corpus import corpus
from departments.training.router_training import train


@pytest.mark.parametrize(
    "text",
    [
        "cumartesi açık mısınız",
        "CUMARTESİ AÇIKMISINIZ",
        "pazar hangi gün kuruluyo",
        "ruhsat harcı nekadar",
        "evrak lazımmı",
        "taksit tarihlerini öğrenmek istiyorum",
        "where do I pay the tax",
        "is there a fee",
        "وين مكان الدفع",
        "bugün?",
    ],
)
def test_a_question_is_known_by_its_form_however_it_is_written(text: str) -> None:
    assert has_question_form(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yolda çukur var",
        "Mine sokak karanlık",
        "teşekkürler",
        "there is a hole",
        "yirmi gündür alınmıyor",
        "yardımı kestiler",
        "kedimi kurtarın",
        "kaçak kat çıkıyorlar",
        "köpek kaçtı",
        "kazaya neden oluyor",
        "neredeyse düşüyordum",
        "ne yazık ki sürüyor",
        "no water for 5 hours",
    ],
)
def test_what_asks_nothing_has_not_the_form_of_a_question(text: str) -> None:
    assert not has_question_form(text)


@pytest.mark.parametrize(
    "text", ["çöp saat kaçta alınıyor bizim orda", "nikah için hangi evraklar gerekiyor"]
)
def test_what_an_answer_in_words_settles_is_a_question(text: str) -> None:
    assert shipped_model().read(tokens(text), cites_ticket=False).asks == 2


@pytest.mark.parametrize(
    "text", ["üç gündür çöpümüz neden alınmıyor", "bu çukuru kim kapatacak", "parka bank koyar mısınız"]
)
def test_a_complaint_or_a_request_in_the_form_of_a_question_is_none(text: str) -> None:
    assert shipped_model().read(tokens(text), cites_ticket=False).asks == 0


@pytest.mark.slow
def test_messages_that_teach_what_a_question_is_say_nothing_of_subjects() -> None:
    few = corpus()[::40]
    alone, beside = train(few), train(few, (), read_questions())
    first, second = (model.read(tokens("yolda çukur var"), cites_ticket=False) for model in (alone, beside))
    assert first.categories == pytest.approx(second.categories)
    assert alone.metadata.asks_from != beside.metadata.asks_from


def test_both_kinds_of_messages_in_that_form_are_there() -> None:
    assert {each.asks for each in read_questions()} == {True, False}


@pytest.mark.parametrize(
    ("text", "told", "asked"),
    [
        ("Yolda çukur var. Kaçta açılıyorsunuz?", "Yolda çukur var.", "Kaçta açılıyorsunuz?"),
        ("nikah için ne gerekli\nçöpler alınmadı", "çöpler alınmadı", "nikah için ne gerekli"),
        ("çukur var", "çukur var", ""),
        ("çöp ne zaman alınacak", "", "çöp ne zaman alınacak"),
        ("", "", ""),
    ],
)
def test_what_is_told_and_what_is_asked_come_apart(text: str, told: str, asked: str) -> None:
    assert told_and_asked(text) == (told, asked)
