"""The monthly report as PDF, drawn from the stored values of `reports.monthly` and the outlines of the mahalleler."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from departments.places.outlines import Outline
from departments.working_time.working_hours import ISTANBUL
from tickets.printing import charts
from tickets.printing.charts import Frame
from tickets.printing.sheet import BLUE, FAINT, GREY, INK, INNER, MARGIN, Colour, Letterhead, Sheet
from tickets.reports.interface import MONTHS

Values = dict[str, Any]
NONE = "–"
ORPHAN = 60.0  # mm from the top: what ends above it on a last page is no page


class Sizes(NamedTuple):
    """Heights of charts and map in mm."""

    course: float
    map: float


USUAL, TIGHT = Sizes(27.0, 74.0), Sizes(20.0, 60.0)  # a usual report fits two pages
MEANING = (
    "Gelen: ay içinde alınan başvurular. Çözülen: ay içinde bu sonucu alıp hâlâ taşıyan başvurular. Açık ve geciken: "
    "raporun hazırlandığı andaki durum. Süreler birimin çalışma takvimine göre çalışma saatidir; vatandaşın cevabı "
    "beklenirken çözüm süresi işlemez. Ortanca: başvuruların yarısı bu süreden kısa sürmüştür. Hedefinde: hedefi "
    "olanların hedef süre içinde tamamlanan payı."
)


def draw(values: Values, outlines: Sequence[Outline], letterhead: Letterhead) -> bytes:
    """The report as PDF; the same values, outlines and letterhead give the same bytes.

    Where a few last lines would have a page for themselves, charts and map are drawn smaller.
    """
    sheet = _whole(values, outlines, letterhead, USUAL)
    if sheet.page_no() > 1 and sheet.get_y() < ORPHAN:
        tight = _whole(values, outlines, letterhead, TIGHT)
        sheet, other = (tight, sheet) if tight.page_no() < sheet.page_no() else (sheet, tight)
        other.output()  # closes the files of its fonts
    for department in values.get("departments", ()):  # absent in reports stored by older versions
        _department(sheet, department)
    return bytes(sheet.output())


def _whole(values: Values, outlines: Sequence[Outline], letterhead: Letterhead, sizes: Sizes) -> Sheet:
    """The pages of all that the report is about."""
    made_at = datetime.fromisoformat(values["made_at"]).astimezone(ISTANBUL)
    month = date.fromisoformat(values["month"])
    whose = values["department"]["name"] if values["department"] else "Belediye geneli"
    title = f"Aylık rapor: {MONTHS[month.month - 1]} {month.year}"
    foot = f"{letterhead.name} Çözüm Hattı · {whose} · {made_at:%d.%m.%Y %H.%M} itibarıyla"
    sheet = Sheet(f"{title}, {whose}", foot, made_at)
    sheet.add_page()
    sheet.draw_crest(letterhead.crest)
    sheet.text_line(title, 17, BLUE, bold=True)
    sheet.text_line(whose, 11, GREY)
    if until := values.get("until"):  # absent in reports stored by older versions
        sheet.text_line(_running(date.fromisoformat(until)), 8, GREY)
    _tiles(sheet, values)
    _courses(sheet, values, sizes.course)
    _groups(sheet, values)
    _places(sheet, values, outlines, sizes.map)
    _backlog(sheet, values)
    _delays(sheet, values)
    _words(sheet, values)
    sheet.heading("Sayılar ne anlatıyor?", 25)
    sheet.paragraph(MEANING, 7.5, GREY)
    return sheet


def _department(sheet: Sheet, values: Values) -> None:
    """A department's page: its figures beside those of a month and of a year before, and what it was asked for."""
    sheet.add_page()
    sheet.text_line(values["name"], 14, BLUE, bold=True)
    _tiles(sheet, values)
    sheet.heading("Konulara göre gelen", 25)
    if not values["subjects"]:
        sheet.paragraph("Bu ay başvuru gelmedi.")
    frame = Frame(MARGIN, sheet.get_y(), INNER, 7.0 * len(values["subjects"]))
    charts.bars(sheet, frame, [(name, count) for name, count in values["subjects"]])


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
            for place, (when, then) in enumerate((("geçen ay", month), ("geçen yıl", year))):
                before = _found(then, path)
                text, colour = _change(_found(now, path), before, better)
                _at(sheet, x + 3, y + 13 + 3.5 * place, f"{when} {formatted(before)} {text}", 6.2, colour)
    sheet.set_y(top + 2 * (height + 2))


def _courses(sheet: Sheet, values: Values, height: float) -> None:
    month = date.fromisoformat(values["month"])
    days = [str(day + 1) for day in range(monthrange(month.year, month.month)[1])]
    months = [MONTHS[int(row["code"][5:7]) - 1][:3] for row in values["months"]]
    _course(sheet, "Günlük: gelen (sütun), çözülen (çizgi)", values["days"], days, height)
    _course(sheet, "Son on iki ay", values["months"], months, height)


def _course(sheet: Sheet, title: str, rows: Sequence[Values], labels: Sequence[str], height: float) -> None:
    sheet.heading(title, height + 12)
    frame = Frame(MARGIN + 11, sheet.get_y() + 1, INNER - 11, height)
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


def _places(sheet: Sheet, values: Values, outlines: Sequence[Outline], map_height: float) -> None:
    rows = [(row["name"], row["opened"]) for row in values["neighbourhoods"]]
    if not rows:
        sheet.heading("Mahallelere göre", 25)
        sheet.paragraph("Bu ay başvuru gelmedi.")
        return
    sheet.heading("Mahallelere göre: en çok gelenler", map_height + 10)
    top, half, height = sheet.get_y(), INNER / 2, map_height / 11 * len(rows)
    charts.bars(sheet, Frame(MARGIN, top, half - 4, height), rows)
    if outlines or values["map"]:
        charts.district_map(sheet, Frame(MARGIN + half, top, half, map_height), outlines, values["map"])
        height = max(height, map_height)
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
    """The change as an arrow and words; `better` is the good sign: -1, 1, or 0 for neither. Never by colour alone."""
    if now is None or not before:
        return "", GREY
    change = round((now - before) / before * 100)
    if change == 0:
        return "(aynı)", GREY
    verdict = "" if better == 0 else ", daha iyi" if change * better > 0 else ", daha kötü"
    return f"{'↑' if change > 0 else '↓'} %{abs(change)}{verdict}", INK


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
