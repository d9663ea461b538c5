"""Türkçe."""

from whatsapp.texts.catalog import statuses
from whatsapp.texts.catalog.danger_sentences import sentences
from whatsapp.texts.catalog.types import Catalog

TABLE = Catalog(
    notice=(
        "Kişisel verileriniz: Melikgazi Belediyesi bilgilerinizi başvurunuzu çözmek için kullanır. Gerekirse ilgili "
        "kuruma iletir. WhatsApp kullandığınız için bilgileriniz yurt dışına da aktarılır. T.C. kimlik numaranızı "
        "yazmanıza gerek yok. Haklarınız ve aydınlatma metni: {url}"
    ),
    sentences={
        "hello": (
            "Merhaba, burası Melikgazi Çözüm Hattı. Sorununuzu yazın; varsa fotoğraf ve konum ekleyin. "
            "Görevliyle yazışmak için “temsilci” yazın."
        ),
        "thanks": "Rica ederiz, iyi günler dileriz.",
        "blessing": "Teşekkür ederiz, size de hayırlı günler dileriz. Bir sorun olursa buradan yazabilirsiniz.",
        "contact": "Kişi kartı ulaştı. Sorununuzu da yazar mısınız: ne oldu, nerede?",
        "unsupported": "Bu tür mesajı maalesef açamıyoruz. Yazı, fotoğraf, ses kaydı ya da konum gönderebilirsiniz.",
        "busy": "Mesajlarınızın hepsi ulaştı. Kısaca tek mesajda özetlerseniz daha çabuk yardımcı oluruz.",
        "help": (
            "Sorunu yazmanız yeterli; fotoğraf ve konum eklerseniz daha çabuk çözülür. Şunları da yazabilirsiniz:\n"
            "durum – başvurularınız ne aşamada\niptal – başvuruyu geri almak\ntemsilci – bir görevliyle yazışmak\n"
            "bildirim istemiyorum – ara bilgi mesajlarını kapatmak\n"
            "Acil durumda lütfen 112’yi arayın."
        ),
        "ask_matter": "Buyurun, sizi dinliyoruz. Sorunu ve yerini yazın; fotoğraf da ekleyebilirsiniz.",
        "staff_again": "Mesajınızı sizinle yazışan görevliye ilettik; buradan yazacak.",
        "unnamed": (
            "Adınızı, numaranızı ve gönderdiklerinizi başvurunuza bakan görevliler görür; şikâyet ettiğiniz kişiye göstermeyiz."
        ),
        "not_ours": (
            "{number} numaralı başvurunuz başka bir kurumun görev alanında, onun yerine biz yapamıyoruz. Yine de "
            "belediyemiz ilgilensin isterseniz “Belediye baksın”a dokunun."
        ),
        "ask_what": "Sorunu birkaç kelimeyle yazar mısınız? Sesli mesaj da gönderebilirsiniz.",
        "ask_what_photo": "Fotoğraf ulaştı. Ne olduğunu kısaca yazar mısınız?",
        "ask_what_photos": "Fotoğraflar ulaştı. Ne olduğunu kısaca yazar mısınız?",
        "ask_what_document": "Belgeniz ulaştı. Ne istediğinizi bir cümleyle yazar mısınız?",
        "lost_photo": "Gönderdiğiniz fotoğraf açılamadı, yeniden gönderir misiniz?",
        "lost_photos": "Gönderdiğiniz fotoğraflardan açılamayanlar oldu, yeniden gönderir misiniz?",
        "lost_voice": "Sesli mesajınız açılamadı. Yeniden gönderir ya da yazar mısınız?",
        "lost_file": "Gönderdiğiniz dosya açılamadı, yeniden gönderir misiniz?",
        "ask_place": "Yeri neresi? Konum gönderin ya da mahalle ve sokağı yazın.",
        "ask_place_again": "Hangi mahalle, hangi sokak? Konum da gönderebilirsiniz.",
        "place_added": "{number} numaralı başvurunuzun yerini ekledik.",
        "ask_place_spoken": (
            "Sesli mesajınızı aldık, bir görevlimiz dinleyecek.\n"
            "Yeri neresi? Konum gönderin ya da mahalle ve sokağı yazın."
        ),
        "ask_place_link": (
            "Gönderdiğiniz bağlantıdan yeri göremiyoruz. WhatsApp’tan konum gönderir ya da mahalle ve sokağı yazar mısınız?"
        ),
        "ask_abroad": "Gönderdiğiniz konum yurt dışında görünüyor. Sorunun olduğu mahalle ve sokağı yazar mısınız?",
        "ask_outside": (
            "Konum Melikgazi dışında görünüyor. Doğruysa “evet” ya da “doğru” yazın, değilse yeniden gönderin; "
            "yazdıklarınız duruyor."
        ),
        "ask_same": "Bu mesajınız {number} numaralı başvurunuzla mı ilgili, yoksa yeni bir konu mu?",
        "ask_addition": "{number} numaralı başvurunuza eklemek istediğinizi yazın ya da fotoğrafını gönderin.",
        "added": "Teşekkürler, {number} numaralı başvurunuza ekledik.",
        "ask_new_place": (
            "{number} numaralı başvurunuzun doğru yeri neresi? Konum gönderin ya da mahalle ve sokağı yazın."
        ),
        "moved": "Teşekkürler, {number} numaralı başvurunuzun yerini düzelttik.",
        "ask_cancel": "{number} numaralı başvurunuz iptal edilsin mi?",
        "choose": "Hangi başvurunuzu iptal etmek istiyorsunuz?",
        "cancelled": "{number} numaralı başvurunuzu iptal ettik.",
        "kept": "Peki, {number} numaralı başvurunuz devam ediyor.",
        "kept_all": "Peki, başvurularınız devam ediyor.",
        "not_cancellable": "{number} numaralı başvurunuz sonuçlanmış, artık iptal edilemiyor.",
        "nothing_to_cancel": "İptal edilebilecek açık bir başvurunuz görünmüyor.",
        "draft_dropped": "Peki, bu konuda başvuru açmıyoruz.",
        "deleted": "Mesajınızı sildiğiniz için başvuru açmadık. Dilerseniz yeniden yazabilirsiniz.",
        "deleted_kept": (
            "Mesajı telefonunuzdan sildiniz; {number} numaralı başvurunuzda bir kopyası var. Başvuruyu geri "
            "almak için “iptal” yazın."
        ),
        "person": "Bir görevlimiz size buradan yazacak. Acil durumda 112’yi arayın.",
        "person_shut": (
            "Şu an mesai dışındayız; görevlimiz {at} sonrasında buradan yazacak. Bu arada sorununuzu yazabilirsiniz. "
            "Acil durumda 112’yi arayın."
        ),
        "person_waiting": "Görevlimizi bekliyorsunuz, isteğiniz duruyor; sırası gelince size buradan yazacak.",
        "question": "Sorunuzu görevlilerimize ilettik; cevabını size buradan yazacaklar.",
        "question_shut": (
            "Sorunuzu görevlilerimize ilettik. Şu an mesai dışındayız; cevabını {at} sonrasında buradan yazacaklar."
        ),
        "passed": "Yazdıklarınızı görevlilerimize ilettik; size buradan yazacaklar.",
        "passed_shut": (
            "Yazdıklarınızı görevlilerimize ilettik. Şu an mesai dışındayız; size {at} sonrasında buradan yazacaklar."
        ),
        "question_again": "Bunu da görevlilerimize ilettik.",
        "corrected": "Düzeltmenizi {number} numaralı başvurunuza ekledik; bir görevlimiz bakacak.",
        "file_taken_back": "Gönderdiğinizi {number} numaralı başvurunuzda gizledik. Doğrusu varsa gönderebilirsiniz.",
        "file_left_out": "Tamam, onu kullanmıyoruz. Doğrusu varsa gönderebilirsiniz.",
        "who": (
            "Melikgazi Belediyesi’nin resmî WhatsApp hattına yazıyorsunuz. İlk cevapları bilgisayar veriyor, başvurularınıza "
            "görevlilerimiz bakıyor. Görevliyle yazışmak isterseniz “temsilci” yazın."
        ),
        "how_long": "Süre konuya göre değişir. Başvurunuzu alınca hedef günü de yazarız.",
        "files_arrived": "Evet, son bir günde gönderdiklerinizden {detail} tanesi ulaştı.",
        "no_file_arrived": "Son bir günde sizden fotoğraf ya da dosya ulaşmadı. Yeniden gönderir misiniz?",
        "glad": "Haber verdiğiniz için teşekkür ederiz, iyi günler dileriz.",
        "draft_waits": "Buradayız, yazdıklarınız duruyor. Sorduğumuzu yazınca kaydediyoruz.",
        "mute": (
            "Artık ara bilgi mesajı göndermeyeceğiz. Size soracağımız olunca ve sonuç çıkınca yine yazarız. "
            "Yeniden açmak için “bildirim istiyorum” yazın."
        ),
        "unmute": "Bilgi mesajlarını yeniden açtık.",
        "unknown": (
            "{number} numaralı bir başvurunuz görünmüyor. Numarayı kontrol edip yeniden yazar mısınız? Başvuru "
            "başkasınınsa o kişinin kendi telefonundan “durum” yazması gerekir."
        ),
        "not_now": "{number} numaralı başvurunuz için bu şimdi yapılamıyor. “durum” yazarak bakabilirsiniz.",
        "insisted": "{number} numaralı başvurunuzu belediyemizde inceleyip size döneceğiz.",
        "insisted_already": "{number} numaralı başvurunuz zaten belediyemizde.",
        "ask_stars": "Sevindik, {number} numaralı başvurunuzu kapattık. Hizmetimizden ne kadar memnun kaldınız?",
        "ask_comment": "Teşekkür ederiz. Eklemek istediğiniz bir şey varsa yazabilirsiniz.",
        "ask_reason": "Üzgünüz. Neyin eksik kaldığını yazar ya da fotoğrafını gönderir misiniz? {number} numaralı "
        "başvurunuzu yeniden açacağız.",
        "reopened": "{number} numaralı başvurunuzu yeniden açtık, ilgili birime iletiyoruz.",
        "not_reopenable": "{number} numaralı başvurunuz artık yeniden açılamıyor. Sorun sürüyorsa yazın, yeni bir başvuru "
        "açalım.",
        "joined_settled": (
            "Yazdığınızı {number} numaralı, sonuçlanmış başvurunuza ekledik. Sorun sürüyorsa yeniden açabiliriz."
        ),
        "request_phone_number": "Size telefonla da ulaşabilmemiz için numaranızı paylaşır mısınız?",
        "number_kept": "Teşekkürler, telefon numaranızı kaydettik.",
        "parked": "Mesajınız bize ulaştı. Bir görevlimiz bakıp size dönecek. Acil ise lütfen hemen 112’yi arayın.",
        "data_asked": (
            "Kişisel verilerinizle ilgili isteğinizi kaydettik; cevap süresi en çok 30 gündür. Kimliğinizi doğrulamak için size buradan "
            "yazabiliriz. Yazılı dilekçeyle, KEP ile ya da güvenli elektronik imzayla da başvurabilirsiniz."
        ),
        "data_address": "Başvuru adresi: {address}",
        "data_asked_again": "Kişisel verilerinizle ilgili isteğiniz bizde kayıtlı, henüz sonuçlanmadı; yazdığınızı ona ekledik.",
        "identity_number": "T.C. kimlik numaranızı yazmanıza gerek yok, gizledik.",
        "identity_card": "Kimlik fotoğrafı göndermenize gerek yok; sorunun fotoğrafı yeterli.",
        "no_tickets": "Bu hattan yaptığınız bir başvuru yok. Başka yoldan başvurduysanız “temsilci” yazın; yeni bir "
        "sorunu yazarsanız hemen kaydedelim.",
    },
    danger=sentences("tr"),
    buttons={
        "add": "Bilgi ekle",
        "move": "Konum düzelt",
        "cancel": "İptal",
        "insist": "Belediye baksın",
        "same": "Aynı konu",
        "new": "Yeni başvuru",
        "cancel_yes": "Evet, iptal et",
        "cancel_no": "Vazgeç",
        "solved": "Evet",
        "unsolved": "Hayır",
        "reopen": "Yeniden aç",
        "choose": "Başvuru seçin",
        "rate": "Puan verin",
        "answer": "Yanıtla",
        "menu": "Seçenekler",
    },
    menu={
        "report": "Yeni başvuru",
        "status": "Başvurularım",
        "cancel": "Başvuru iptali",
        "person": "Görevliyle yazış",
        "mute": "Bildirimleri kapat",
    },
    stars=(
        "★ Hiç memnun değilim",
        "★★ Memnun değilim",
        "★★★ Orta",
        "★★★★ Memnunum",
        "★★★★★ Çok memnunum",
    ),
    confirmation={
        "received": "Başvurunuz alındı.",
        "question": "Sorunuzu aldık; cevabını size buradan yazacağız.",
        "number": "Başvuru no: {number}",
        "follow": "Takip: {link}",
        "subject": "Konu: {subject}",
        "quoted": "“{words}”",
        "department": "Birim: {department}",
        "neighbourhood": "Mahalle: {neighbourhood}",
        "due": "Hedef: en geç {due}",
        "missing_what": "Ne olduğunu henüz bilmiyoruz. Kısaca yazarsanız ekleriz.",
        "missing_place": "Yeri henüz bilmiyoruz. Konum gönderir ya da mahalle ve sokağı yazarsanız ekleriz.",
        "elsewhere": "Bu konu başka bir kurumun işi: {agency}.",
        "elsewhere_other": "Bu konu belediyemizin değil, başka bir kurumun işi.",
        "insist": "Yine de belediyemiz ilgilensin isterseniz “Belediye baksın”a dokunun.",
        "known": "Bu sorun bize daha önce de bildirildi, üzerinde duruyoruz.",
        "district": (
            "Yazdığınız yer {district} ilçesinde görünüyor; oraya o ilçenin belediyesi bakıyor. Başka bir yerse mahalleyi yazar mısınız?"
        ),
        "several": "Birden fazla konu yazmışsınız; hepsini bu başvuruya kaydettik, gerekirse görevlimiz ayıracak.",
        "spoken": "Sesli mesajınızı bir görevlimiz dinleyecek.",
        "planned": "{status}, planlanan gün {planned}",
        "target": "{status}, hedef {due}",
        "overdue": "{status}. Hedef gün {due} idi, geçti; sorumlusuna bildirildi.",
        "late": "{status}. Hedef gün {due} idi, geçti.",
        "closed": "Şu an mesai saatleri dışındayız; başvurunuz mesai başladığında ele alınacak.",
        "audio": "Sesli mesaj",
        "video": "Video",
    },
    statuses=statuses.names("tr"),
    news=statuses.sentences("tr")
    | {
        "photo": "İş bittikten sonra ({number})",
        "solved?": "Sorun sizce çözüldü mü?",
        "soon": "en kısa sürede",
        "agency": "ilgili kurum",
    },
    months=(
        *("Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran"),
        *("Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"),
    ),
    templates=statuses.bodies("tr")
    | {
        "": "Melikgazi Belediyesi Çözüm Hattı: {text}\n\nBu mesajı yanıtlayabilirsiniz.",
        "more": "Ayrıntı için “durum” yazabilirsiniz.",
    },
)
