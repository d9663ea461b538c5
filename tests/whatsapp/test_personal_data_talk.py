"""What somebody asks about their own data, or sends of themselves without need, by their words."""

import pytest

from whatsapp.conversation.commands import data_request_of, shows_identity_card


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Verilerimi silin", "erase"),
        ("verilerimi siler misiniz", "erase"),
        ("Merhaba, kişisel verilerimin silinmesini istiyorum", "erase"),
        ("numaramı sistemden silin", "erase"),
        ("telefonumu listenizden çıkarın artık", "erase"),
        ("beni sisteminizden silin", "erase"),
        ("tüm bilgilerimi yok edin", "erase"),
        ("hakkımda hangi bilgiler var", "access"),
        ("Hakkımda ne biliyorsunuz?", "access"),
        ("verilerime erişmek istiyorum", "access"),
        ("hangi verilerimi saklıyorsunuz", "access"),
        ("kişisel verilerimin bir kopyasını istiyorum", "access"),
        ("kişisel bilgilerimi düzeltin", "correct"),
        ("adım yanlış yazılmış, düzeltin", "correct"),
        ("açık rızamı geri çekiyorum", "other"),
        ("KVKK başvurusu yapmak istiyorum", "other"),
        ("delete my data", "erase"),
        ("please remove my number from your system", "erase"),
        ("What data do you have about me?", "access"),
        ("I want access to my data", "access"),
        ("احذفوا بياناتي", "erase"),
        ("ما هي المعلومات التي لديكم عني", "access"),
    ],
)
def test_a_request_about_ones_data_is_known_by_its_words(text: str, kind: str) -> None:
    assert data_request_of(text) == (kind, True)


@pytest.mark.parametrize(
    "text",
    [
        "Yolda çukur var",
        "sokaktaki yazıları silin",
        "kapı numaramı silmişler",
        "kapı numaramı değiştirin",
        "bilgilerim silinmiş, borcum görünmüyor",
        "duvardaki çirkin yazıları siler misiniz",
        "çocuk parkı hakkında bilgi istiyorum",
        "park hakkında bilgi var mı",
        "başvurumun durumu nedir",
        "adımı sordular söylemedim",
        "kvkk hakkında bilgi",
        "delete the graffiti on my wall",
    ],
)
def test_a_report_is_none(text: str) -> None:
    assert data_request_of(text) == ("", False)


def test_a_request_beside_a_report_is_not_all_that_is_said() -> None:
    assert data_request_of("Çöp alınmıyor. Ayrıca verilerimi silin.") == ("erase", False)


@pytest.mark.parametrize(
    "caption", ["kimlik kartım", "kimliğim", "nüfus cüzdanı ektedir", "kimlik", "my ID card", "صورة هويتي"]
)
def test_words_below_a_photo_tell_of_an_identity_card(caption: str) -> None:
    assert shows_identity_card(caption, with_file=True)


@pytest.mark.parametrize(
    "text", ["kimliğimin fotoğrafı", "kimlik kartımı gönderiyorum", "photo of my passport"]
)
def test_a_message_tells_of_an_identity_card_that_is_sent(text: str) -> None:
    assert shows_identity_card(text, with_file=False)


@pytest.mark.parametrize(
    "caption", ["kimliği belirsiz kişiler çöp döküyor", "ehliyetsiz sürücüler var", "çukur", "kimliksiz kişi"]
)
def test_other_words_below_a_photo_do_not(caption: str) -> None:
    assert not shows_identity_card(caption, with_file=True)


def test_a_card_that_was_lost_is_no_photo_of_it() -> None:
    assert not shows_identity_card("kimlik kartım kayboldu", with_file=False)
