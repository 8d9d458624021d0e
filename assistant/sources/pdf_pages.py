"""A PDF's pages as PDFium has them: words with their place and style, rules, and figures' boxes. No other module
knows PDFium.

Lengths are points (1/72 inch) from the upper left corner of the page as it is read, ``y`` growing downwards.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

MAX_CHARACTERS = 5_000_000
_MOST_OBJECTS = 50_000

PASSWORD, BROKEN, TOO_LONG = "password", "broken", "too long"


class PdfError(Exception):
    """A file that PDFium cannot open (``kind`` is PASSWORD or BROKEN), or a page of over MAX_CHARACTERS (TOO_LONG)."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: ``x0 <= x1``, ``y0 <= y1``, ``y0`` the upper edge."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def holds(self, point: tuple[float, float], margin: float = 0.0) -> bool:
        x, y = point
        return self.x0 - margin <= x <= self.x1 + margin and self.y0 - margin <= y <= self.y1 + margin

    def joined(self, other: Box) -> Box:
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


@dataclass(frozen=True, slots=True)
class Style:
    """How characters are set. ``size`` is the height of the em in points, after all scaling."""

    font: str
    size: float
    bold: bool
    italic: bool


@dataclass(frozen=True, slots=True)
class Word:
    """Characters of one style without a blank between them; ``spaced`` says whether one stands before them."""

    text: str
    style: Style
    x0: float
    x1: float
    baseline: float
    spaced: bool

    @property
    def top(self) -> float:
        return self.baseline - 0.7 * self.style.size

    @property
    def bottom(self) -> float:
        return self.baseline + 0.2 * self.style.size


@dataclass(frozen=True, slots=True)
class Page:
    """One page, upright.

    ``margin`` is the text that runs at another angle than the page's own. ``rules`` are thin horizontal lines,
    ``frames`` larger shapes, ``graphics`` images and drawings that were placed as a whole. ``unmapped`` is the share
    of characters of which the file does not say what they are.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    margin: str
    rules: tuple[Box, ...]
    frames: tuple[Box, ...]
    graphics: tuple[Box, ...]
    has_image: bool
    unmapped: float


class _Character(NamedTuple):
    """A character where the file puts it: points from the lower left corner; ``angle`` in quarter turns."""

    text: str
    style: Style
    box: tuple[float, float, float, float]
    origin: tuple[float, float]
    angle: int


class _Placed(NamedTuple):
    """A character on the upright page."""

    text: str
    style: Style
    x0: float
    x1: float
    baseline: float


class Document:
    """An open PDF."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            PdfError: the file needs a password, or is no PDF that PDFium could make out.
        """
        import pypdfium2
        from pypdfium2 import raw

        try:
            self._document = pypdfium2.PdfDocument(path)
            self._pages = len(self._document)
        except pypdfium2.PdfiumError as error:
            wants_password = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
            raise PdfError(PASSWORD if wants_password else BROKEN) from error

    def __len__(self) -> int:
        return self._pages

    def close(self) -> None:
        self._document.close()

    @cached_property
    def title(self) -> str:
        """What the file's metadata call it; often wrong."""
        try:
            return " ".join(str(self._document.get_metadata_value("Title")).split())
        except (ValueError, RuntimeError):
            return ""

    def page(self, number: int) -> Page | None:
        """The page of that number, from 1; None where it cannot be read.

        Raises:
            PdfError: it is too long.
        """
        import pypdfium2

        try:
            page = self._document[number - 1]
            try:
                return _page(page, number)
            finally:
                page.close()
        except pypdfium2.PdfiumError:
            return None


def _page(page: Any, number: int) -> Page:
    left, bottom, right, top = page.get_bbox()
    text_page = page.get_textpage()
    try:
        characters, unmapped = _characters(text_page)
    finally:
        text_page.close()
    angles = Counter(character.angle for character in characters if character.text.strip())
    upright = angles.most_common(1)[0][0] if angles else 0
    frame = _Frame((left, bottom, right, top), upright)
    drawings = _drawings(page, frame)
    words = tuple(_words((c for c in characters if c.angle == upright), frame))
    turned = "".join(c.text for c in characters if c.angle != upright)
    return Page(number, frame.width, frame.height, words, turned, *drawings, unmapped)


class _Frame:
    """Turns the file's coordinates into those of a page whose text stands upright."""

    def __init__(self, bounds: tuple[float, float, float, float], angle: int) -> None:
        self._bounds, self._angle = bounds, angle
        left, bottom, right, top = bounds
        across, along = right - left, top - bottom
        self.width, self.height = (along, across) if angle % 2 else (across, along)

    def point(self, x: float, y: float) -> tuple[float, float]:
        left, bottom, right, top = self._bounds
        match self._angle:
            case 1:
                return y - bottom, x - left
            case 2:
                return right - x, y - bottom
            case 3:
                return top - y, right - x
            case _:
                return x - left, top - y

    def placed(self, character: _Character) -> _Placed:
        left, bottom, right, top = character.box
        a, b = self.point(left, bottom)[0], self.point(right, top)[0]
        return _Placed(character.text, character.style, min(a, b), max(a, b), self.point(*character.origin)[1])

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


# ---- characters


def _characters(text_page: Any) -> tuple[list[_Character], float]:
    """The page's characters in the order of reading that PDFium found, blanks among them, and the unmapped share."""
    from pypdfium2 import raw

    handle = text_page.raw
    count = raw.FPDFText_CountChars(handle)
    if count > MAX_CHARACTERS:
        raise PdfError(TOO_LONG)
    styles = _Styles(text_page)
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    at_box, at_x, at_y = ctypes.byref(box), ctypes.byref(x), ctypes.byref(y)
    characters: list[_Character] = []
    angle = lost = 0
    for index in range(max(count, 0)):
        code = raw.FPDFText_GetUnicode(handle, index)
        if code in _BLANKS:
            characters.append(_Character(" ", _NO_STYLE, _NOWHERE, _NOWHERE[:2], angle))
            continue
        if code == _HYPHEN_AT_LINE_END:
            code = ord("-")
        elif _is_unmapped(code):
            lost += 1
            continue
        if not raw.FPDFText_GetLooseCharBox(handle, index, at_box):  # its advance, not its ink
            continue
        raw.FPDFText_GetCharOrigin(handle, index, at_x, at_y)
        corners, origin = (box.left, box.bottom, box.right, box.top), (x.value, y.value)
        if not math.isfinite(sum(corners) + sum(origin)):
            continue
        style, angle = styles.at(index)
        characters.append(_Character(chr(code), style, corners, origin, angle))
    return characters, lost / count if count > 0 else 0.0


_HYPHEN_AT_LINE_END = 2
"""What PDFium gives for one."""
_BLANKS = frozenset(map(ord, " \t\r\n\f\v\xa0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"))
_NO_STYLE = Style("", 0.0, False, False)
_NOWHERE = (0.0, 0.0, 0.0, 0.0)


def _is_unmapped(code: int) -> bool:
    """Whether a code stands for no character: a control, one of private use, or the mark of a lost one."""
    return (
        code < 32
        or 0x7F <= code < 0xA0
        or 0xE000 <= code < 0xF900
        or code in (0xFFFD, 0xFFFE, 0xFFFF)
        or code > 0x10FFFF
    )


class _Styles:
    """The styles of a page's text objects; the characters of one object share theirs."""

    def __init__(self, text_page: Any) -> None:
        from pypdfium2 import raw

        self._text_page, self._object_at = text_page, raw.FPDFText_GetTextObject
        self._known: dict[int, tuple[Style, int]] = {}
        self._name = ctypes.create_string_buffer(128)

    def at(self, index: int) -> tuple[Style, int]:
        """The style of the character at ``index``, and by how many quarter turns it is turned."""
        text_object = self._object_at(self._text_page.raw, index)
        place = ctypes.cast(text_object, ctypes.c_void_p).value or 0
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = self._read(index)
        return found

    def _read(self, index: int) -> tuple[Style, int]:
        from pypdfium2 import raw

        flags, matrix = ctypes.c_int(0), raw.FS_MATRIX()
        raw.FPDFText_GetFontInfo(self._text_page, index, self._name, len(self._name), flags)
        font = self._name.value.decode("utf-8", "replace").rpartition("+")[2]
        raw.FPDFText_GetMatrix(self._text_page, index, matrix)
        size = raw.FPDFText_GetFontSize(self._text_page, index) * (math.hypot(matrix.c, matrix.d) or 1.0)
        low = font.casefold()
        bold = any(cue in low for cue in _BOLD) or raw.FPDFText_GetFontWeight(self._text_page, index) >= _BOLD_WEIGHT
        italic = bool(flags.value & _ITALIC_FLAG) or any(cue in low for cue in _ITALIC)
        quarter = round(raw.FPDFText_GetCharAngle(self._text_page, index) / (math.pi / 2)) % 4
        return Style(font, round(size, 1) if math.isfinite(size) else 0.0, bold, italic), quarter


# As foundries and TeX name their fonts; PDFium's weight is a guess from the width of stems.
_BOLD = ("bold", "medi", "black", "heavy", "cmbx", "sfbx", "demi", "-bd", "cmssbx")
_ITALIC = ("ital", "obli", "cmti", "sfti", "slant")
_BOLD_WEIGHT = 600
_ITALIC_FLAG = 1 << 6


# ---- words


def _words(characters: Iterable[_Character], frame: _Frame) -> Iterator[Word]:
    """Characters joined to words: cut at blanks, at gaps, where the line or the style changes."""
    run: list[_Placed] = []
    spaced = True
    for character in characters:
        if character.text == " ":
            if run:
                yield _word(run, spaced)
            run, spaced = [], True
            continue
        placed = frame.placed(character)
        if run and not (run[-1].style == placed.style and _shift(run[-1], placed) < 0.1 and _touches(run[-1], placed)):
            yield _word(run, spaced)
            spaced = not _touches(run[-1], placed)
            run = []
        run.append(placed)
    if run:
        yield _word(run, spaced)


def _shift(last: _Placed, following: _Placed) -> float:
    """How far the baselines are apart, in ems."""
    return abs(last.baseline - following.baseline) / (max(last.style.size, following.style.size) or 1.0)


def _touches(last: _Placed, following: _Placed) -> bool:
    """Whether no blank is between two characters, whichever way the script runs."""
    gap = max(following.x0 - last.x1, last.x0 - following.x1)
    return gap < 0.2 * max(last.style.size, following.style.size) and _shift(last, following) < 0.9


def _word(run: list[_Placed], spaced: bool) -> Word:
    text = plain("".join(placed.text for placed in _as_spoken(run)))
    return Word(text, run[0].style, min(p.x0 for p in run), max(p.x1 for p in run), run[0].baseline, spaced)


def _as_spoken(run: list[_Placed]) -> list[_Placed]:
    """A word's characters in the order of its script: those that run to the right though they are read to the left,
    or that one glyph stands for, come from PDFium turned round."""
    if not all(unicodedata.bidirectional(placed.text[0]) in ("R", "AL", "NSM") for placed in run):
        return run
    return run[::-1] if run[0].x0 <= run[-1].x0 else run


def plain(text: str) -> str:
    """Text in NFC with ligatures, presentation forms and half surrogates as the letters that they are."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    if not text.isascii():
        text = "".join(unicodedata.normalize("NFKC", c) if _is_presentation_form(c) else c for c in text)
    return unicodedata.normalize("NFC", "".join(c for c in text if c not in _UNSEEN))


_UNSEEN = frozenset("\u200b\u200c\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _is_presentation_form(character: str) -> bool:
    return "\ufb00" <= character <= "\ufdff" or "\ufe70" <= character <= "\ufefc" or "\u0132" <= character <= "\u0133"


# ---- drawings

_THIN, _SHORTEST_RULE = 3.0, 20.0
_SMALLEST_GRAPHIC = 40.0
_WHOLE_PAGE = 0.7


def _drawings(page: Any, frame: _Frame) -> tuple[tuple[Box, ...], tuple[Box, ...], tuple[Box, ...], bool]:
    """Rules, frames, graphics, and whether there is any image. What fills the page is its background, and no such."""
    from pypdfium2 import raw

    rules: list[Box] = []
    frames: list[Box] = []
    graphics: list[Box] = []
    has_image = False
    whole = Box(0.0, 0.0, frame.width, frame.height)
    wanted = (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM)
    bounds = [ctypes.c_float() for _ in range(4)]
    for index in range(min(raw.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        drawn = raw.FPDFPage_GetObject(page, index)
        kind = raw.FPDFPageObj_GetType(drawn)
        if kind not in wanted or not raw.FPDFPageObj_GetBounds(drawn, *bounds):
            continue
        has_image = has_image or kind == raw.FPDF_PAGEOBJ_IMAGE
        box = _clipped(frame.box(*(bound.value for bound in bounds)), whole)
        is_path = kind == raw.FPDF_PAGEOBJ_PATH
        if is_path and box.height <= _THIN and box.width >= _SHORTEST_RULE:
            rules.append(box)
        elif min(box.width, box.height) >= _SMALLEST_GRAPHIC and box.area < _WHOLE_PAGE * whole.area:
            (frames if is_path else graphics).append(box)
    return tuple(sorted(rules, key=lambda box: box.y0)), tuple(frames), tuple(graphics), has_image


def _clipped(box: Box, page: Box) -> Box:
    if not all(map(math.isfinite, (box.x0, box.y0, box.x1, box.y1))):
        return Box(0.0, 0.0, 0.0, 0.0)
    x0, x1 = (min(max(x, page.x0), page.x1) for x in (box.x0, box.x1))
    y0, y1 = (min(max(y, page.y0), page.y1) for y in (box.y0, box.y1))
    return replace(box, x0=x0, y0=y0, x1=x1, y1=y1)
