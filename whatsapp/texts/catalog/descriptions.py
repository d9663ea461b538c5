"""Descriptions of the texts for staff: when each is sent. Pure."""

from collections.abc import Mapping

from departments.danger_reader.kinds import WORK, kinds
from whatsapp.texts.catalog.statuses import WORDS

LANGUAGES: Mapping[str, str] = {"tr": "Türkçe", "en": "İngilizce", "ar": "Arapça"}
SECTIONS: Mapping[str, str] = {
    "notice": "Aydınlatma",
    "sentences": "Sohbet",
    "danger": "Tehlike uyarıları",
    "buttons": "Düğmeler",
    "menu": "Seçenekler listesi",
    "stars": "Memnuniyet yıldızları",
    "confirmation": "Başvuru alındı mesajının satırları",
    "statuses": "Durumların adı",
    "news": "Gelişme haberleri",
}
_OCCASIONS: Mapping[str, str] = {
    "notice": "İlk mesajın sonunda, kişisel veriler için",
    "sentences.hello": "Yalnızca selam verilince",
    "sentences.thanks": "Teşekkür edilince",
    "sentences.blessing": "Hayırlı cumalar gibi dilekler gelince",
    "sentences.contact": "Kişi kartı gönderilince",
    "sentences.unsupported": "Açılamayan türde mesaj gelince",
    "sentences.busy": "Arka arkaya çok mesaj gelince",
    "sentences.help": "“yardım” yazılınca",
    "sentences.ask_matter": "Konu söylenmeden yazılınca",
    "sentences.staff_again": "Görevli cevap verdikten sonra yazılınca",
    "sentences.unnamed": "“Şikâyet edenin adı belli olur mu?” sorusuna",
    "sentences.not_ours": "“Siz niye bakmıyorsunuz?” sorusuna, iş başka kurumunsa",
    "sentences.ask_what": "Ne olduğu anlaşılmayınca",
    "sentences.ask_place": "Yeri bilinmeyince",
    "sentences.ask_place_spoken": "Sesli mesajın yeri bilinmeyince",
    "sentences.ask_place_link": "Harita bağlantısı açılamayınca",
    "sentences.ask_abroad": "Konum yurt dışındaysa",
    "sentences.ask_outside": "Konum ilçe dışında görününce",
    "sentences.ask_same": "Aynı konu mu, yeni mi belli olmayınca",
    "sentences.ask_addition": "“Bilgi ekle”ye dokununca",
    "sentences.added": "Başvuruya bilgi eklenince",
    "sentences.ask_new_place": "“Konum düzelt”e dokununca",
    "sentences.moved": "Başvurunun yeri düzeltilince",
    "sentences.ask_cancel": "İptal istenince, emin misiniz diye",
    "sentences.choose": "Hangi başvurunun iptal edileceği sorulurken",
    "sentences.cancelled": "Başvuru iptal edilince",
    "sentences.kept": "İptalden vazgeçilince",
    "sentences.kept_all": "Hangisi sorulunca iptalden vazgeçilince",
    "sentences.not_cancellable": "Sonuçlanmış başvuru iptal edilmek istenince",
    "sentences.nothing_to_cancel": "İptal edilecek başvuru olmayınca",
    "sentences.draft_dropped": "Yazılanlardan vazgeçilince",
    "sentences.deleted": "Mesaj, başvuru açılmadan silinince",
    "sentences.deleted_kept": "Mesaj, başvuru açıldıktan sonra silinince",
    "sentences.person": "Görevli istenince",
    "sentences.person_shut": "Mesai dışında görevli istenince",
    "sentences.person_waiting": "Görevli bekleyen yeniden isteyince",
    "sentences.ask_what_photo": "Yalnızca fotoğraf gelince",
    "sentences.ask_what_photos": "Yalnızca fotoğraflar gelince",
    "sentences.ask_what_document": "Yalnızca belge gelince",
    "sentences.lost_photo": "Fotoğraf açılamayınca",
    "sentences.lost_photos": "Birden çok fotoğraf açılamayınca",
    "sentences.lost_voice": "Sesli mesaj açılamayınca",
    "sentences.lost_file": "Başka bir dosya açılamayınca",
    "sentences.ask_place_again": "Yeri sorulunca yer yazılmazsa",
    "sentences.place_added": "Eksik yer sonradan yazılınca",
    "sentences.question": "Görevlinin cevaplayacağı bir şey sorulunca",
    "sentences.question_shut": "Mesai dışında görevlinin cevaplayacağı bir şey sorulunca",
    "sentences.passed": "Ne istediği anlaşılmayan yazı görevliye iletilince",
    "sentences.passed_shut": "Mesai dışında, ne istediği anlaşılmayan yazı görevliye iletilince",
    "sentences.question_again": "Sorusuna cevap bekleyen bir şey daha sorunca",
    "sentences.corrected": "Başvurusunu düzelten yazınca",
    "sentences.file_taken_back": "Yanlış fotoğraf gönderdiğini yazınca, başvurudayken",
    "sentences.file_left_out": "Yanlış fotoğraf gönderdiğini yazınca, başvuru açılmadan",
    "sentences.who": "Kiminle yazıştığı sorulunca",
    "sentences.how_long": "Süre sorulunca, açık başvuru yokken",
    "sentences.files_arrived": "Fotoğraf ulaştı mı diye sorulunca, ulaşmışsa",
    "sentences.no_file_arrived": "Fotoğraf ulaştı mı diye sorulunca, ulaşmamışsa",
    "sentences.glad": "Sorunun giderildiği teşekkürle bildirilince",
    "sentences.draft_waits": "Soru cevaplanmamışken “?” yazılınca",
    "sentences.mute": "Bildirimler kapatılınca",
    "sentences.unmute": "Bildirimler açılınca",
    "sentences.unknown": "Bilinmeyen başvuru numarası sorulunca",
    "sentences.not_now": "O anda geçersiz bir düğmeye dokununca",
    "sentences.insisted": "“Belediye baksın”e dokununca",
    "sentences.insisted_already": "“Belediye baksın”e yeniden dokununca",
    "sentences.ask_stars": "Sorun çözüldü denince, puan istenirken",
    "sentences.ask_comment": "Puan verilince, görüş istenirken",
    "sentences.ask_reason": "Sorun çözülmedi denince",
    "sentences.reopened": "Başvuru yeniden açılınca",
    "sentences.not_reopenable": "Başvuru artık açılamayınca",
    "sentences.joined_settled": "Sonuçlanmış başvuruya yazılınca",
    "sentences.request_phone_number": "Telefon numarası istenirken",
    "sentences.number_kept": "Telefon numarası verilince",
    "sentences.parked": "Mesaj işlenemeyip görevliye kalınca",
    "sentences.data_asked": "“Verilerimi silin” gibi bir talep gelince",
    "sentences.data_address": "Bu talebin cevabında, adres ayarlıysa",
    "sentences.data_asked_again": "Cevaplanmamış talebi olan yeniden yazınca",
    "sentences.identity_number": "T.C. kimlik numarası yazılınca, cevabın sonunda bir kez",
    "sentences.identity_card": "Kimlik fotoğrafı gönderilince, cevabın sonunda bir kez",
    "sentences.no_tickets": "Başvurusu olmayan “durum” yazınca",
    "news.photo": "Sonuç fotoğrafının altında",
    "news.solved?": "Çözüldü haberinin sonunda",
    "news.soon": "Gün belli değilken “{planned}” yerine",
    "news.agency": "Kurum belli değilken “{agency}” yerine",
}
_DANGER: Mapping[str, str] = {
    "first": "Hemen, tek başına: {}",
    "child": "Hemen, yazan çocuksa: {}",
    "second": "Bekleme süresinden sonra: {}",
    "answered": "Yeri yazınca: {}",
    "again": "Aynı tehlike yeniden yazılınca: {}",
    "follow": "Tehlikedeki kişi bunu yazınca: {}",
    "foreign": "Hattın bilmediği bir dilde, üç dil alt alta: {}",
    "claimed": "Bir görevli üstlenince: {}",
    "unsure": "Tehlike kesin değilken: {}",
    "work": "Acil işte, onayın ilk satırı: {}",
}
_IN_DANGER: Mapping[str, str] = {
    "place": "yeri sorulur",
    "place_exactly": "mahallesi belliyken tam yeri sorulur",
    "placed": "yeri belliyken",
    "animal": "hayvanın yeri",
    "where": "neredesiniz",
    "where_and_number": "neredesiniz, numaranız",
    "where_is_it": "yeri neresi",
    "last_seen": "nerede kayboldu",
    "what_and_where": "ne oldu, neredesiniz",
    "thanks": "gizli türlerde",
    "any": "her tür",
    "out": "gaz, soba zehirlenmesi",
    "gas": "gaz, soba zehirlenmesi",
    "restricted": "şiddet, intihar düşüncesi",
    "fumes": "gaz, baş dönmesi",
    "nobody_came": "kimse gelmedi",
    "are_you_coming": "geliyor musunuz",
    "no_answer": "aradım, açmıyorlar",
    "no_answer_restricted": "aradım, açmıyorlar (gizli türlerde)",
    "other_number_silent": "187 (185, 186) açmıyor",
    "voice": "yazışma sesli mesajla başlayınca",
    "cannot_speak": "konuşamıyorum",
    "cannot_speak_restricted": "konuşamıyorum (gizli türlerde)",
    "cannot_get_out": "çıkamıyorum",
    "child_alone": "ben çocuğum, evde yalnızım",
    "taken_back": "yanlışlıkla, şaka, iptal",
    "taken_back_restricted": "yanlışlıkla, şaka, iptal (gizli türlerde)",
    "taken_back_despair": "yanlışlıkla, şaka, iptal (intihar düşüncesi)",
    "in_hand": "geldiler, 112’yi aradım",
    "in_hand_restricted": "geldiler, 112’yi aradım (gizli türlerde)",
    "found": "bulundu",
    "woke": "uyandı",
    **WORK,
}


def description_of(key: str) -> str:
    """When the text of that key is sent, in Turkish."""
    section, _, name = key.partition(".")
    if key in _OCCASIONS:
        return _OCCASIONS[key]
    if section == "danger":
        return _of_danger(*name.split("."))
    if name in WORDS:
        return WORDS[name].occasion
    if section == "stars":
        return f"{int(name) + 1} yıldız"
    return SECTIONS[section]


def _of_danger(section: str, name: str) -> str:
    if section == "first" or name not in _IN_DANGER:
        return _DANGER[section].format(kinds()[name].name)
    return _DANGER[section].format(_IN_DANGER[name])
