"""An A4 sheet of the municipality: its letters, colours, head and foot, and tables. Everything in millimetres."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from typing_extensions import override

FONTS = Path(__file__).resolve().parent.parent / "fonts"
MARGIN, WIDTH, HEIGHT = 15.0, 210.0, 297.0
LINE_HEIGHT, SIZE, SMALLEST = 5.3, 7.5, 6.0  # of a table: its rows in mm, its letters in points
INNER = WIDTH - 2 * MARGIN
INK, GREY, FAINT, LINE = (31, 41, 55), (107, 114, 128), (243, 244, 246), (209, 213, 219)
BLUE, GREEN, AMBER, RED = (29, 78, 216), (21, 128, 61), (180, 83, 9), (185, 28, 28)
Colour = tuple[int, int, int]


class Sheet(FPDF):
    """`foot` stands below every page, `made_at` is the moment the file says it was made: same values, same bytes."""

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
        self.letters(7, GREY)
        self.cell(INNER - 20, 5, self._foot)
        self.cell(20, 5, f"{self.page_no()}/{{nb}}", align="R")

    def letters(self, size: float, colour: Colour = INK, *, bold: bool = False) -> None:
        self.set_font("sans", "B" if bold else "", size)
        self.set_text_color(*colour)

    def line_of(self, text: str, size: float, colour: Colour = INK, *, bold: bool = False) -> None:
        """One line of text across the sheet."""
        self.letters(size, colour, bold=bold)
        self.cell(INNER, size * 0.55, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def heading(self, text: str, room: float = 30) -> None:
        """A heading that does not stand alone at the foot of a page: `room` is what must fit below it."""
        if self.get_y() + room > HEIGHT - 20:
            self.add_page()
        self.ln(4)
        self.line_of(text, 11, bold=True)
        self.set_draw_color(*LINE)
        self.line(MARGIN, self.get_y() + 1, WIDTH - MARGIN, self.get_y() + 1)
        self.ln(3)

    def paragraph(self, text: str, size: float = 8.5, colour: Colour = INK) -> None:
        self.letters(size, colour)
        self.multi_cell(INNER, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rows(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], *, words: int = 1
    ) -> None:
        """A table: `words` columns of text, then numbers, which stand to the right. Widths in parts of each other."""
        self._row(head, widths, words, bold=True)
        for number, row in enumerate(rows):
            if self.get_y() > HEIGHT - 20 - LINE_HEIGHT:
                self.add_page()
                self._row(head, widths, words, bold=True)
            self._row(row, widths, words, shade=number % 2 == 0)

    def _row(
        self,
        cells: Sequence[str],
        widths: Sequence[float],
        words: int,
        *,
        bold: bool = False,
        shade: bool = False,
    ) -> None:
        self.letters(SIZE, GREY if bold else INK, bold=bold)
        self.set_fill_color(*FAINT)
        for number, (text, width) in enumerate(zip(cells, widths, strict=True)):
            space = width * INNER / sum(widths)
            align = "L" if number < words else "R"
            self.set_font_size(self._small_enough(text, space - 2))
            self.cell(space, LINE_HEIGHT, self.fitting(text, space - 2), align=align, fill=shade)
            self.set_font_size(SIZE)
        self.ln(LINE_HEIGHT)

    def _small_enough(self, text: str, space: float) -> float:
        """The size at which the text fits, as far as it can still be read."""
        width = self.get_string_width(text)
        return SIZE if width <= space else max(SMALLEST, SIZE * 0.99 * space / width)

    def fitting(self, text: str, space: float) -> str:
        """The text, cut where the space ends."""
        if self.get_string_width(text) <= space:
            return text
        while text and self.get_string_width(f"{text}…") > space:
            text = text[:-1]
        return f"{text.rstrip()}…"
