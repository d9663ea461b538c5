"""The monthly report as PDF, drawn from the stored values of `reports.monthly` and the boundaries."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from departments.working_time.working_hours import ISTANBUL
from tickets.paper import charts
from tickets.paper.charts import Frame
from tickets.paper.sheet import BLUE, FAINT, GREEN, GREY, INNER, MARGIN, RED, Colour, Sheet
from tickets.reports import MONTHS

Values = dict[str, Any]
NONE = "–"
COURSE, MAP = 27.0, 74.0  # heights of charts and map in mm: a usual report fits two pages
MEANING = (
    "Gelen: ay içinde alınan başvurular. Çözülen: ay içinde bu sonucu alıp hâlâ taşıyan başvurular. Açık ve geciken: "
    "raporun hazırlandığı andaki durum. Süreler birimin çalışma takvimine göre çalışma saatidir; vatandaşın cevabı "
    "beklenirken çözüm süresi işlemez. Ortanca: başvuruların yarısı bu süreden kısa sürmüştür. Hedefinde: hedefi "
    "olanların hedef süre içinde tamamlanan payı."
)


def draw(values: Values, boundaries: Sequence[dict[str, Any]]) -> bytes:
    """The report as PDF; the same values and boundaries give the same bytes."""
    made_at = datetime.fromisoformat(values["made_at"]).astimezone(ISTANBUL)
    month = date.fromisoformat(values["month"])
    whose = values["department"]["name"] if values["department"] else "Belediye geneli"
    title = f"Aylık rapor: {MONTHS[month.month - 1]} {month.year}"
    foot = f"Melikgazi Belediyesi Çözüm Hattı · {whose} · {made_at:%d.%m.%Y %H.%M} itibarıyla"
    sheet = Sheet(f"{title}, {whose}", foot, made_at)
    sheet.add_page()
    sheet.text_line(title, 17, BLUE, bold=True)
    sheet.text_line(whose, 11, GREY)
    if until := values.get("until"):  # absent in reports stored by older versions
        sheet.text_line(_running(date.fromisoformat(until)), 8, GREY)
    _tiles(sheet, values)
    _courses(sheet, values)
    _groups(sheet, values)
    _places(sheet, values, boundaries)
    _backlog(sheet, values)
    _delays(sheet, values)
    _words(sheet, values)
    sheet.heading("Sayılar ne anlatıyor?", 25)
    sheet.paragraph(MEANING, 7.5, GREY)
    return bytes(sheet.output())


def _running(until: date) -> str:
    """The note below the title of an unfinished month."""
    day = f"{until.day} {MONTHS[until.month - 1]} gününe"
    return f"Ay sürüyor: {day} kadar olanlar; geçen ay ve geçen yıl da o güne kadardır."


def _tiles(sheet: Sheet, values: Values) -> None:
    """The month's figures, each with those of the previous month and of last year."""
    now, month, year = values["summary"], values["previous"], values["last_year"]
    tiles = (
        ("Gelen", ("opened",), _count, 0),
        ("Çözülen", ("resolved",), _count, 1),
        ("Açık", ("open_now",), _count, 0),
        ("Geciken", ("overdue_now",), _count, 0),
        ("İlk işlem, ortanca", ("first_action", "median_hours"), _hours, -1),
        ("Çözüm, ortanca", ("resolution", "median_hours"), _hours, -1),
        ("Hedefinde çözülen", ("resolution", "within_target"), _share, 1),
        ("Memnuniyet (5 üzerinden)", ("satisfaction", "mean"), _score, 1),
    )
    top, width, height = sheet.get_y() + 4, INNER / 4, 21.0
    for number, (name, path, formatted, better) in enumerate(tiles):
        x, y = MARGIN + number % 4 * width, top + number // 4 * (height + 2)
        sheet.set_fill_color(*FAINT)
        sheet.rect(x, y, width - 2, height, "F")
        _at(sheet, x + 3, y + 2, name, 7.5, GREY)
        _at(sheet, x + 3, y + 7, formatted(_found(now, path)), 14, bold=True)
        if path[0] not in ("open_now", "overdue_now"):  # unknown for past months
            text, colour = _change(_found(now, path), _found(month, path), better)
            _at(sheet, x + 3, y + 13, f"geçen ay {formatted(_found(month, path))} {text}", 6.5, colour)
            _at(sheet, x + 3, y + 16.5, f"geçen yıl {formatted(_found(year, path))}", 6.5, GREY)
    sheet.set_y(top + 2 * (height + 2))


def _courses(sheet: Sheet, values: Values) -> None:
    month = date.fromisoformat(values["month"])
    days = [str(day + 1) for day in range(monthrange(month.year, month.month)[1])]
    months = [MONTHS[int(row["code"][5:7]) - 1][:3] for row in values["months"]]
    _course(sheet, "Günlük: gelen (sütun), çözülen (çizgi)", values["days"], days)
    _course(sheet, "Son on iki ay", values["months"], months)


def _course(sheet: Sheet, title: str, rows: Sequence[Values], labels: Sequence[str]) -> None:
    sheet.heading(title, COURSE + 12)
    frame = Frame(MARGIN + 11, sheet.get_y() + 1, INNER - 11, COURSE)
    opened, resolved = [row["opened"] for row in rows], [row["resolved"] for row in rows]
    charts.bar_line_chart(sheet, frame, labels, opened, resolved)
    sheet.set_xy(MARGIN, frame.y + frame.h + 5)


def _groups(sheet: Sheet, values: Values) -> None:
    sheet.heading("Konulara göre" if values["department"] else "Birimlere göre", 40)
    head = ("", "Gelen", "Önceki", "Çözülen", "Açık", "Geciken", "Süre (saat)", "Hedefinde", "Puan")
    rows = [
        (
            row["name"],
            _count(row["opened"]),
            _count(row["before"]),
            _count(row["resolved"]),
            _count(row["open_now"]),
            _count(row["overdue_now"]),
            _decimal(row["resolution"]["median_hours"]),
            _share(row["resolution"]["within_target"]),
            _score(row["satisfaction"]["mean"]),
        )
        for row in values["groups"]
    ]
    sheet.rows(head, rows, (4.9, 1, 1.15, 1.25, 0.9, 1.25, 1.7, 1.5, 0.9))


def _places(sheet: Sheet, values: Values, boundaries: Sequence[dict[str, Any]]) -> None:
    rows = [(row["name"], row["opened"]) for row in values["neighbourhoods"]]
    if not rows:
        sheet.heading("Mahallelere göre", 25)
        sheet.paragraph("Bu ay başvuru gelmedi.")
        return
    sheet.heading("Mahallelere göre: en çok gelenler", MAP + 10)
    top, half, height = sheet.get_y(), INNER / 2, 6.5 * len(rows)
    charts.bars(sheet, Frame(MARGIN, top, half - 4, height), rows)
    if boundaries or values["map"]:
        charts.district_map(sheet, Frame(MARGIN + half, top, half, MAP), boundaries, values["map"])
        height = max(height, MAP)
    sheet.set_xy(MARGIN, top + height + 2)


def _backlog(sheet: Sheet, values: Values) -> None:
    sheet.heading("Açık başvuruların yaşı", 45)
    head = (
        "Geleli",
        "Açık",
        "Zamanında",
        "Süresi doluyor",
        "Gecikmiş",
        "Bilgi bekleniyor",
        "Yasal süre dolmuş",
    )
    rows = [
        (row["name"], *(_count(row["clocks"][name]) if name else _count(row["open"]) for name in (
            "", "on_time", "near", "overdue", "waiting")), _count(row["legal"]["over"]))
        for row in values["backlog"]
    ]  # fmt: skip
    sheet.rows(head, rows, (2, 1, 1.3, 1.6, 1.2, 1.7, 1.9))


def _delays(sheet: Sheet, values: Values) -> None:
    sheet.heading("En uzun gecikmeler", 30)
    if not values["delays"]:
        sheet.paragraph("Bu ay hedefini aşan başvuru yok.")
        return
    head = ("Başvuru", "Konu", "Mahalle", "Hedef", "Gecikme", "Durum")
    rows = [
        (
            row["number"],
            row["category"] or NONE,
            row["neighbourhood"] or NONE,
            ".".join(reversed(row["due"].split("-"))),
            f"{row['days']} gün",
            "açık" if row["open"] else "çözüldü",
        )
        for row in values["delays"]
    ]
    sheet.rows(head, rows, (1.6, 4.2, 1.7, 1.1, 1, 0.8), text_columns=3)


def _words(sheet: Sheet, values: Values) -> None:
    sheet.heading("Vatandaşın sözü (kimlik bilgileri çıkarılmıştır)", 25)
    if not values["words"]:
        sheet.paragraph("Bu ay yazılı değerlendirme yok.")
    for row in values["words"]:
        sheet.paragraph(f"{'★' * row['score']}{'☆' * (5 - row['score'])}  “{row['text']}”")
        sheet.ln(1)


def _at(
    sheet: Sheet,
    x: float,
    y: float,
    text: str,
    size: float,
    colour: Colour = (31, 41, 55),
    *,
    bold: bool = False,
) -> None:
    sheet.use_font(size, colour, bold=bold)
    sheet.set_xy(x, y)
    sheet.cell(INNER / 4 - 6, 4.5, text)


def _found(row: Values, path: tuple[str, ...]) -> float | None:
    value: Any = row
    for name in path:
        value = value[name]
    return None if value is None else float(value)


def _change(now: float | None, before: float | None, better: int) -> tuple[str, Colour]:
    """The change as text, green where it is good, red where not; `better` is the good sign: -1, 1, or 0 for neither."""
    if now is None or not before:
        return "", GREY
    change = round((now - before) / before * 100)
    if change == 0:
        return "", GREY
    colour = GREY if better == 0 else GREEN if change * better > 0 else RED
    return f"(%{abs(change)} {'artış' if change > 0 else 'azalış'})", colour


def _count(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}".replace(",", ".")


def _decimal(value: float | None) -> str:
    return NONE if value is None else f"{value:,.1f}".translate(str.maketrans(",.", ".,"))


def _hours(value: float | None) -> str:
    return NONE if value is None else f"{_decimal(value)} saat"


def _share(value: float | None) -> str:
    return NONE if value is None else f"%{value * 100:.0f}"


def _score(value: float | None) -> str:
    return _decimal(value)
