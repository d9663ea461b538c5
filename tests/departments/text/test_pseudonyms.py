"""Anonymising texts removes names, addresses and numbers of people, and nothing else."""

import pytest

from departments.text.pseudonyms import anonymised, came_from, nameless


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ben Ayşe Yılmaz, yolda çukur var", "Ben … …, yolda çukur var"),
        ("AYŞE'nin kapısında çukur", "…'nin kapısında çukur"),
        ("Ayşe’ye ve YILMAZLARIN ekibine teşekkürler", "…’ye ve … ekibine teşekkürler"),
        ("ayşecikgillerimizin anıtı", "ayşecikgillerimizin anıtı"),
        ("Al Bey geldi, almadı", "… Bey geldi, almadı"),
        ("telefonum 0532 123 45 67 arayın", "telefonum … arayın"),
        ("tc 12345678901", "tc …"),
        ("yazın: a.b@c.com ya da www.x.com/y", "yazın: … ya da …"),
        ("38 ABC 123 plakalı araç", "… plakalı araç"),
        ("15. sokakta 3 gündür çöp var", "15. sokakta 3 gündür çöp var"),
    ],
)
def test_a_text_is_kept_without_what_names_or_reaches_a_person(text: str, left: str) -> None:
    assert anonymised(text, ["Ayşe Yılmaz", "Al"]) == left


def test_without_names_only_what_reaches_a_person_goes() -> None:
    assert anonymised("Mehmet Bey, 0532 123 45 67") == "Mehmet Bey, …"


def test_a_reason_keeps_the_numbers_of_files_and_days():
    said = (
        "Ayşe’nin 12.11.2026 tarihli, E-12345678-622.01-98765 sayılı dilekçesi (12345678901, 0532 123 45 67)"
    )
    left = "…’nin 12.11.2026 tarihli, E-12345678-622.01-98765 sayılı dilekçesi (…, …)"
    assert nameless(said, ["Ayşe Yılmaz"]) == left


@pytest.mark.parametrize("names", [[], ["Ayşe"], ["Ayşe", "Kırık"]])
def test_what_was_made_of_a_text_is_known_to_come_from_it(names: list[str]):
    said = "Ben Ayşe, 0532 123 45 67: bank kırık, Ayşe"
    assert came_from(anonymised(said, names), said)
    assert not came_from(anonymised(f"{said} ve çöp", names), said)
    assert not came_from(anonymised("Başka söz", names), said)
