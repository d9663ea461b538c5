"""The columns of a report as people read them: Turkish headings, shares in per cent, days as dates."""

import re
from datetime import date
from typing import Any

Path = tuple[str, ...]
# "1-3" days would be the first of March in a spreadsheet, "30+" a number.
_AGE = re.compile(r"\d{1,4}(-\d{1,4}|\+)")

COMPARED = " (karşılaştırılan)"
_SPEED = {
    "median_hours": "ortanca (saat)",
    "p90_hours": "onda dokuzu en çok (saat)",
    "within_target": "hedefinde (%)",
}
_STARS = {f"distribution_{score}": f"{score} yıldız" for score in range(1, 6)}
TITLES: dict[str, str] = {
    "code": "Kod",
    "name": "Ad",
    "opened": "Gelen",
    "closed": "Kapanan",
    "open_now": "Şu an açık",
    "overdue_now": "Şu an geciken",
    "resolved": "Çözülen",
    "rejected": "Karşılanamayan",
    "redirected": "Yönlendirilen",
    "duplicate": "Mükerrer",
    "cancelled": "İptal",
    "reopened": "Yeniden açılma",
    **{f"first_action_{name}": f"İlk işlem, {title}" for name, title in _SPEED.items()},
    **{f"resolution_{name}": f"Çözüm, {title}" for name, title in _SPEED.items()},
    "satisfaction_count": "Değerlendirme",
    "satisfaction_mean": "Ortalama puan",
    **{f"satisfaction_{name}": title for name, title in _STARS.items()},
    "count": "Adet",
    "mean": "Ortalama puan",
    **_STARS,
    "open": "Açık",
    "clocks_on_time": "Zamanında",
    "clocks_near": "Süresi doluyor",
    "clocks_overdue": "Gecikmiş",
    "clocks_waiting": "Bilgi bekleniyor",
    "clocks_no_target": "Hedefi yok",
    "legal_far": "Yasal süresine çok var",
    "legal_near": "Yasal süresi yaklaşıyor",
    "legal_escalated": "Yasal süresi üst makama bildirildi",
    "legal_over": "Yasal süresi dolmuş",
    "routed": "Önerisi olan",
    "sure": "Emin olunan",
    "judged": "Doğrusu bilinen",
    "department": "Birim doğru (%)",
    "category": "Konu doğru (%)",
    "sure_department": "Emin olunanda birim doğru (%)",
    "said": "Önerilenin kodu",
    "said_name": "Önerilen konu",
    "right": "Doğrunun kodu",
    "right_name": "Doğru konu",
    "received": "Gelen mesaj",
    "citizens": "Yazan vatandaş",
    "written": "Yazılan mesaj",
    "sent": "Gönderilen",
    "delivered": "İletilen",
    "read": "Okunan",
    "failed": "Gönderilemeyen",
    "as_template": "Şablonla giden",
    "median_seconds": "Gönderme, ortanca (sn)",
    "p90_seconds": "Gönderme, onda dokuzu en çok (sn)",
    "lat": "Enlem",
    "lon": "Boylam",
}


def machine_name(path: Path) -> str:
    return "_".join(path)


def title(path: Path, *, by_day: bool) -> str:
    """The heading of a column; raises KeyError for one that has none. `by_day`: the rows are parts of a period."""
    if path[0] == "compared":
        return title(path[1:], by_day=by_day) + COMPARED
    return "Tarih" if by_day and path == ("code",) else TITLES[machine_name(path)]


def cell(path: Path, value: Any, *, by_day: bool) -> Any:
    """A value as its heading announces it: a share from 0 to 1 in per cent, the first day of a part as a date."""
    if value is None:
        return None
    if by_day and path == ("code",):
        return date.fromisoformat(value)
    if isinstance(value, str) and _AGE.fullmatch(value):
        return value.replace("-", "–").replace("+", " ve üstü")
    if isinstance(value, float) and path[-1] in {
        "within_target",
        "department",
        "category",
        "sure_department",
    }:
        return round(value * 100, 1)
    return round(value, 2) if isinstance(value, float) and path[-1] not in {"lat", "lon"} else value


def chosen(paths: list[Path], wanted: list[str]) -> list[Path]:
    """The columns with these names, and of the compared period the same; all where none is named."""
    if not wanted:
        return paths
    return [path for path in paths if machine_name(path[1:] if path[0] == "compared" else path) in wanted]
