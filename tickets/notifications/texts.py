"""What notifications say to staff, in the back office, by mail and by WhatsApp. Pure.

The keys are kinds of notifications (Notification.Kind). What is said of a restricted ticket names neither number nor
reason.
"""

OF_TICKET = {
    "work": "yeni iş",
    "added": "vatandaş ek bilgi verdi",
    "mention": "bir notta adınız geçti",
    "fileless": "cevabınız dosyası olmadan gitti",
    "unsent": "ileri tarihli cevap gönderilmedi",
}
OF_TALK = {
    "waiting": "Bir vatandaş bir saattir cevap bekliyor",
    "work": "Size bir görüşme verildi",
}
OF_TALK_AS_OF_TICKET = "Başvurusu olmayan vatandaş: {}"  # where OF_TALK has none
OF_SNOOZE = "Ertelediğiniz bir iş geri geldi"
OF_DATA_REQUEST = "Yeni kişisel veri talebi"
OF_RESTRICTED = "Gizli acil bildirim"
OF_DANGER = "ACİL, {}"
OF_UNNAMED_DANGER = "tehlike bildirildi"
