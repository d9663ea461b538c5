"""An A4 PDF of the municipality: fonts, colours, headings, footer, tables. Lengths are in millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from typing_extensions import override

FONTS = Path(__file__).with_name("fonts")
MARGIN, WIDTH, HEIGHT = 15.0, 210.0, 297.0
CREST = 18.0  # the height of the crest in the upper right corner, which is at most twice as wide
LINE_HEIGHT, SIZE, SMALLEST = 5.3, 7.5, 6.0  # of a table: row height in mm, font sizes in points
INNER = WIDTH - 2 * MARGIN
INK, GREY, FAINT, LINE = (31, 41, 55), (107, 114, 128), (243, 244, 246), (209, 213, 219)
BLUE, RED = (11, 90, 134), (165, 18, 27)  # as on the screen (tokens.css): ours; danger and late
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Letterhead:
    """Whose paper it is: the municipality's name, and the file of its crest (PNG or JPEG) if there is one."""

    name: str
    crest: str = ""


class Sheet(FPDF):
    """`foot` is printed below every page; `made_at` is the file's creation date, so that the same values give the
    same bytes.
    """

    def __init__(self, title: str, foot: str, made_at: datetime) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.add_font("sans", "", FONTS / "DejaVuSans.ttf")
        self.add_font("sans", "B", FONTS / "DejaVuSans-Bold.ttf")
        self.set_title(title)
        self.set_lang("tr")
        self.set_creation_date(made_at)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=20)
        self.alias_nb_pages()

    @override
    def footer(self) -> None:
        self.set_y(-13)
        self.use_font(7, GREY)
        self.cell(INNER - 20, 5, self._foot)
        self.cell(20, 5, f"{self.page_no()}/{{nb}}", align="R")

    def draw_crest(self, file: str, from_right: float = 0.0) -> None:
        """The crest in the upper right corner, `from_right` beside it; nothing without a file, or where it is gone."""
        if file and Path(file).is_file():
            self.image(
                file,
                x=WIDTH - MARGIN - 2 * CREST - from_right,
                y=MARGIN - 3,
                w=2 * CREST,
                h=CREST,
                keep_aspect_ratio=True,
                alt_text="Belediyenin arması",
            )

    def use_font(self, size: float, colour: Colour = INK, *, bold: bool = False) -> None:
        self.set_font("sans", "B" if bold else "", size)
        self.set_text_color(*colour)

    def text_line(self, text: str, size: float, colour: Colour = INK, *, bold: bool = False) -> None:
        """One line of text across the sheet."""
        self.use_font(size, colour, bold=bold)
        self.cell(INNER, size * 0.55, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def heading(self, text: str, space_below: float = 30) -> None:
        """A heading; begins a new page unless `space_below` (mm) is left, so that it does not end a page."""
        if self.get_y() + space_below > HEIGHT - 20:
            self.add_page()
        self.ln(4)
        self.text_line(text, 11, bold=True)
        self.set_draw_color(*LINE)
        self.line(MARGIN, self.get_y() + 1, WIDTH - MARGIN, self.get_y() + 1)
        self.ln(3)

    def paragraph(self, text: str, size: float = 8.5, colour: Colour = INK) -> None:
        self.use_font(size, colour)
        self.multi_cell(INNER, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rows(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        text_columns: int = 1,
    ) -> None:
        """A table: `text_columns` columns of text, then right-aligned numbers. `widths` are relative."""
        self._row(head, widths, text_columns, bold=True)
        for number, row in enumerate(rows):
            if self.get_y() > HEIGHT - 20 - LINE_HEIGHT:
                self.add_page()
                self._row(head, widths, text_columns, bold=True)
            self._row(row, widths, text_columns, shade=number % 2 == 0)

    def _row(
        self,
        cells: Sequence[str],
        widths: Sequence[float],
        text_columns: int,
        *,
        bold: bool = False,
        shade: bool = False,
    ) -> None:
        self.use_font(SIZE, GREY if bold else INK, bold=bold)
        self.set_fill_color(*FAINT)
        for number, (text, width) in enumerate(zip(cells, widths, strict=True)):
            space = width * INNER / sum(widths)
            align = "L" if number < text_columns else "R"
            self.set_font_size(self._small_enough(text, space - 2))
            self.cell(space, LINE_HEIGHT, self.fitting(text, space - 2), align=align, fill=shade)
            self.set_font_size(SIZE)
        self.ln(LINE_HEIGHT)

    def _small_enough(self, text: str, space: float) -> float:
        """The font size at which the text fits, at least SMALLEST."""
        width = self.get_string_width(text)
        return SIZE if width <= space else max(SMALLEST, SIZE * 0.99 * space / width)

    def fitting(self, text: str, space: float) -> str:
        """The text, cut with an ellipsis to fit the space (mm)."""
        if self.get_string_width(text) <= space:
            return text
        while text and self.get_string_width(f"{text}…") > space:
            text = text[:-1]
        return f"{text.rstrip()}…"
