"""Pages -> one paper: sections under their printed headings, paragraphs whole, what would cut them put after them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from assistant.papers import ABSTRACT, AUTHORS, FRONT, REFERENCES, TITLE, Author, Paper, Section
from assistant.sources.pdf_english import (
    ABSTRACT_HEADING,
    ABSTRACT_LABEL,
    ENDS_SENTENCE,
    KEYWORDS_LABEL,
    KNOWN_HEADING,
    LIST_ITEM,
    NUMBERED,
    REFERENCE_ITEM,
    REFERENCES_HEADING,
)
from assistant.sources.pdf_floats import (
    Body,
    Caption,
    Float,
    Region,
    belonging,
    caption_name,
    captions_of,
    content_beside,
    matched,
    regions_of,
)
from assistant.sources.pdf_front import Front, date_of, ids_of, read_front
from assistant.sources.pdf_layout import (
    Column,
    Line,
    Row,
    columns_of,
    lines_of,
    without_line_numbers,
    without_running_lines,
)
from assistant.sources.pdf_pages import Page
from assistant.sources.pdf_prose import Healer, Text

FULL_TEXT = "Full text"
"""Sections for what has no heading: affiliations and notes of the first page, and text before the first heading."""

_LONGEST_HEADING = 160
_LONGEST_ABSTRACT = 3_000
_SHORTEST_ABSTRACT = 200
_LARGER = 1.06


@dataclass(slots=True)
class _Part:
    """A section while it is read: its paragraphs, and the notes and floats that come after them."""

    name: str
    paragraphs: list[Text] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    floats: list[tuple[str, list[Text]]] = field(default_factory=list)


def to_paper(pages: Sequence[Page], place: str, metadata_title: str, fallback_title: str) -> Paper:
    """The paper that the pages hold, without a key.

    ``metadata_title`` is used where the first page agrees with it, ``fallback_title`` where that shows none.
    """
    kept = [lines_of(without_line_numbers(page.words)) for page in pages]
    inner = without_running_lines(kept, [page.height for page in pages])
    body = _body([line for lines in inner for line in lines])
    healer = Healer(line for lines in inner for line in lines)
    laid_out = [regions_of(page, lines, body) for page, lines in zip(pages, inner, strict=True)]
    front = read_front(laid_out[0][1], body, metadata_title)
    reader = _Reader(body, healer, _heading_styles(inner, body))
    title = _title(front, healer, pages[0].number) or Text(fallback_title, ((0, pages[0].number),))
    if front.matter:
        reader.front_matter(front.matter, pages[0].number)
    for place_in_file, (page, (regions, lines)) in enumerate(zip(pages, laid_out, strict=True)):
        reader.read(page, regions, lines if place_in_file else front.below)
    parts = reader.finished()
    byline = ", ".join(front.authors) + ("" if front.authors_complete or not front.authors else " et al.")
    record = [_Part(TITLE, [title]), _Part(AUTHORS, [Text(byline, ((0, pages[0].number),))] if byline else [])]
    text, sections, page_runs = _assembled([*record, *parts])
    first = "\n".join(line.text for line in kept[0] if line not in front.below or line.size < 0.93 * body.size)
    return Paper(
        key="",
        title=title.text,
        text=text,
        sections=sections,
        authors=tuple(map(Author, front.authors)),
        authors_complete=front.authors_complete,
        date=date_of([line.text for line in front.matter], pages[0].margin),
        source=place,
        ids=ids_of(first, pages[0].margin),
        pages=page_runs,
    )


def _title(front: Front, healer: Healer, page: int) -> Text | None:
    if not front.title:
        return None
    column = Column(front.title)
    return healer.joined(column.rows(page), {page: _marks(front.title)})


def _marks(lines: Sequence[Line]) -> set[str]:
    """The superscripts of a title, all of which point to notes."""
    return {word.text for line in lines for word in line.words if line.raises(word)}


def _assembled(parts: Sequence[_Part]) -> tuple[str, tuple[Section, ...], tuple[tuple[int, int], ...]]:
    """The paper's text, its sections and where each page begins in it, by offset."""
    pieces: list[str] = []
    sections: list[Section] = []
    pages: list[tuple[int, int]] = []
    length = 0

    def add(text: Text, between: str) -> None:
        nonlocal length
        lead = between if length else ""
        for offset, page in text.pages:
            if not pages or pages[-1][1] != page:
                pages.append((length + len(lead) + offset if pages else 0, page))
        pieces.append(lead + text.text)
        length += len(lead) + len(text.text)

    for part in parts:
        for name, texts, between in (
            (part.name, [*part.paragraphs, *part.notes], "\n\n"),
            *((name, rows, "\n") for name, rows in part.floats),
        ):
            texts = [text for text in texts if text.text.strip()]
            if not texts:
                continue
            start = length + (2 if length else 0)
            for place, text in enumerate(texts):
                add(text, between if place else "\n\n")
            sections.append(Section(name, start, length))
    return "".join(pieces), tuple(sections), tuple(pages)


# ---- how the document is set


def _body(lines: Sequence[Line]) -> Body:
    """The size in which most is set, the usual distance of its baselines, and whether it is bold."""
    sizes: Counter[float] = Counter()
    weights: Counter[bool] = Counter()
    for line in lines:
        if line.width > 8 * line.size:
            sizes[line.size] += len(line.text)
            weights[line.style.bold] += len(line.text)
    if not sizes:
        for line in lines:
            sizes[line.size] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    steps: Counter[float] = Counter()
    for line, following in pairwise(line for line in lines if abs(line.size - size) < 0.3):
        step = round(following.baseline - line.baseline, 0)
        if 0.9 * size < step < 2.5 * size:
            steps[step] += 1
    leading = steps.most_common(1)[0][0] if steps else 1.2 * size
    return Body(size or 10.0, leading, weights[True] > weights[False])


_HeadingStyle = tuple[float, bool, str]


def _heading_style(line: Line) -> _HeadingStyle:
    return round(line.size * 2) / 2, line.style.bold, line.style.font


def _heading_styles(pages: Sequence[Sequence[Line]], body: Body) -> frozenset[_HeadingStyle]:
    """How this document sets its headings, as those show it that are numbered or bear a usual name."""
    counts: Counter[_HeadingStyle] = Counter()
    for lines in pages:
        for line in lines:
            sure = (
                KNOWN_HEADING.fullmatch(line.text) or REFERENCES_HEADING.fullmatch(line.text) or _is_numbered(line.text)
            )
            if sure and _stands_out(line, body) and len(line.text) <= _LONGEST_HEADING:
                counts[_heading_style(line)] += 1
    return frozenset(style for style, count in counts.items() if count >= 1)


def _is_numbered(text: str) -> bool:
    match = NUMBERED.match(text)
    if not match:
        return False
    rest = text[match.end() :]
    return (rest[0].isalpha() and sum(map(str.isalpha, rest)) >= 3) if rest else text[0].isalpha()


def _stands_out(line: Line, body: Body) -> bool:
    """Whether a line is set larger or bolder than the text, all of it."""
    if line.size > _LARGER * body.size:
        return line.share >= 0.5
    return line.style.bold and not body.bold and line.size >= 0.88 * body.size and line.share >= 0.9


# ---- reading


class _Reader:
    """Takes the pages in order and keeps what is open: the section, and the paragraph that may go on."""

    def __init__(self, body: Body, healer: Healer, styles: frozenset[_HeadingStyle]) -> None:
        self._body, self._healer, self._styles = body, healer, styles
        self._front = _Part(FRONT)
        self._parts = [_Part("")]
        self._open: list[Row] = []
        self._marks: dict[int, set[str]] = {}

    # what is handed in

    def front_matter(self, lines: Sequence[Line], page: int) -> None:
        for row in Column(tuple(lines)).rows(page):
            self._front.paragraphs.append(_cells(row))

    def read(self, page: Page, regions: list[Region], lines: Sequence[Line]) -> None:
        """The next page: its tables and figures, and the lines that stand in none."""
        columns = [column.rows(page.number) for column in columns_of(lines, [region.box for region in regions])]
        columns, floats = self._without_floats(columns, regions)
        split = [self._without_notes(rows, page) for rows in columns]
        kept, notes = [rows for rows, _ in split], [below for _, below in split]
        self._marks[page.number] = {row.cells[0].mark for below in notes for row in below if row.cells[0].mark}
        for rows in kept:
            self._column(rows)
        for below in notes:
            self._take_notes(below)
        self._take_floats([*floats, *_unclaimed(regions, page.number, self._body)])

    def finished(self) -> list[_Part]:
        """The paper's parts: the abstract, the front matter, then the rest in order."""
        self._close()
        parts = _with_abstract(self._parts)
        abstract = [part for part in parts if part.name == ABSTRACT][:1]
        return [*abstract, self._front, *(part for part in parts if part not in abstract)]

    # what is taken out of a column

    def _without_floats(self, columns: list[list[Row]], regions: list[Region]) -> tuple[list[list[Row]], list[Float]]:
        """The columns' rows but for captions and what they stand by, and the floats that these make."""
        captions = [
            caption
            for place, rows in enumerate(columns)
            for caption in captions_of(place, rows, self._body)
            if not self._is_heading(caption.rows[0])
        ]
        homes = matched(captions, [region for region in regions if not region.caption], self._body)
        floats = []
        taken: set[int] = set()
        for caption, region in zip(captions, homes, strict=True):
            if region is not None:
                floats.append(self._claimed(caption, region, columns[caption.column], regions, homes, taken))
                continue
            rows = columns[caption.column]
            first, last = content_beside(rows, caption, self._body)
            content = [row for row in (*rows[first : caption.start], *rows[caption.end : last]) if id(row) not in taken]
            taken.update(map(id, (*caption.rows, *content)))
            floats.append(Float(caption.name, caption.rows, tuple(content)))
        return [[row for row in rows if id(row) not in taken] for rows in columns], floats

    def _claimed(
        self,
        caption: Caption,
        region: Region,
        rows: list[Row],
        regions: list[Region],
        homes: Sequence[Region | None],
        taken: set[int],
    ) -> Float:
        """The float of a caption and its region; what goes with them is marked as taken."""
        free = [other for other in regions if all(other is not home for home in homes)]
        others, between = belonging(region, caption, rows, free, self._body)
        for one in (region, *others):
            regions.remove(one)
        lines = [line for one in (region, *others) for line in one.lines]
        content = Column(tuple(lines)).rows(caption.rows[0].page) if lines else []
        between = [row for row in between if id(row) not in taken]
        taken.update(map(id, (*caption.rows, *between)))
        shown = sorted((*content, *between), key=lambda row: row.main.baseline)
        return Float(caption.name, caption.rows, tuple(shown))

    def _without_notes(self, rows: list[Row], page: Page) -> tuple[list[Row], list[Row]]:
        """A column's rows, and the footnotes below them."""
        first = len(rows)
        while first > 0 and rows[first - 1].main.size <= 0.95 * self._body.size:
            first -= 1
        for place in range(first, len(rows)):
            row = rows[place]
            ruled = any(
                0 <= row.cells[0].top - rule.y0 < 1.5 * self._body.size
                and abs(rule.x0 - row.left) < 3 * self._body.size
                and rule.width < 0.8 * max(row.right - row.left, 1.0)
                for rule in page.rules
            )
            marked = bool(row.cells[0].mark) and row.main.bottom > 0.5 * page.height
            step = row.main.baseline - rows[place - 1].main.baseline if place else 0.0
            of_the_front = page.number == 1 and row.main.bottom > 0.7 * page.height and step > 1.5 * self._body.leading
            if ruled or marked or of_the_front:
                return rows[:place], rows[place:]
        return rows, []

    # text

    def _column(self, rows: list[Row]) -> None:
        place = 0
        while place < len(rows):
            row = rows[place]
            above = rows[place - 1] if place else None
            if self._is_heading(row, above, rows[place + 1] if place + 1 < len(rows) else None):
                end = self._heading_end(rows, place)
                self._heading(rows[place:end])
                place = end
                continue
            if self._open and self._begins_paragraph(row, above):
                self._close()
            self._open.append(row)
            place += 1

    def _is_heading(self, row: Row, above: Row | None = None, below: Row | None = None) -> bool:
        text = row.text.strip()
        if len(text) > _LONGEST_HEADING or sum(map(str.isalpha, text)) < 2 or len(row.cells) > 2:
            return False
        if len(row.cells) == 2 and not NUMBERED.match(row.cells[0].text + " X"):
            return False
        alone = above is None or row.main.baseline - above.main.baseline > 1.15 * self._body.leading
        known = ABSTRACT_HEADING.fullmatch(text) or REFERENCES_HEADING.fullmatch(text) or KNOWN_HEADING.fullmatch(text)
        if known and (_stands_out(row.main, self._body) or (alone and (text.isupper() or _is_centred(row)))):
            return True
        if self._in_references and _heading_style(row.main) not in self._styles:
            return False
        if REFERENCES_HEADING.fullmatch(text) and alone:
            return True
        if _is_roman_heading(text) and alone and _is_centred(row):
            return True
        if alone and _is_numbered(text) and row.main.style.italic and row.main.share > 0.9 and text[-1] not in ".,;:":
            return True
        if not _stands_out(row.main, self._body) or text[-1] in ",;":
            return False
        if _is_numbered(text):
            return True
        return self._is_plain_heading(row, text, alone, below)

    def _is_plain_heading(self, row: Row, text: str, alone: bool, below: Row | None) -> bool:
        """Whether an unnumbered line that stands out is a heading, and not the beginning of a paragraph."""
        in_style = _heading_style(row.main) in self._styles
        larger = row.main.size > _LARGER * self._body.size
        if not (in_style or larger) or len(text.split()) > 14 or text.endswith((".", ":")):
            return False
        if sum(map(str.isalpha, text)) < 0.6 * len(text.replace(" ", "")):
            return False
        return alone and not (below is not None and not larger and row.x1 > row.right - 2 * self._body.size)

    def _heading_end(self, rows: Sequence[Row], place: int) -> int:
        """Where a heading of several lines ends."""
        end = place + 1
        while end < min(len(rows), place + 3):
            above, row = rows[end - 1].main, rows[end].main
            alike = _heading_style(above) == _heading_style(row) and row.baseline - above.baseline < 1.5 * row.size
            if (
                not alike
                or _is_numbered(rows[end].text)
                or rows[end - 1].x1 < rows[end].left + 0.4 * (rows[end].right - rows[end].left)
            ):
                break
            end += 1
        return end

    def _heading(self, rows: Sequence[Row]) -> None:
        self._close()
        text = self._healer.joined(rows, self._marks)
        name = text.text[:_LONGEST_HEADING]
        if ABSTRACT_HEADING.fullmatch(name) and not any(part.name == ABSTRACT for part in self._parts):
            self._parts.append(_Part(ABSTRACT))
            return
        if REFERENCES_HEADING.fullmatch(name):
            self._parts.append(_Part(REFERENCES, [text]))
            return
        self._parts.append(_Part(name, [text]))

    @property
    def _in_references(self) -> bool:
        return self._parts[-1].name == REFERENCES

    def _begins_paragraph(self, row: Row, above: Row | None) -> bool:
        last = self._open[-1]
        em = self._body.size
        if self._in_references:
            return _begins_reference(row, last, above, em)
        if above is None:
            return self._begins_after_break(row, last)
        step = row.main.baseline - above.main.baseline
        if (
            step > 1.3 * max(self._body.leading, 1.1 * row.main.size)
            or abs(row.main.size - above.main.size) > 0.08 * em
        ):
            return True
        if LIST_ITEM.match(row.text) and ENDS_SENTENCE.search(above.text.rstrip()):
            return True
        indented = 0.8 * em < row.x0 - above.x0 < 4 * em and above.x0 < row.left + 0.8 * em
        if indented:
            return True
        short = above.x1 < above.right - 0.12 * (above.right - above.left)
        return short and above.text.rstrip()[-1:] in ".!?" and not row.text[:1].islower()

    def _begins_after_break(self, row: Row, last: Row) -> bool:
        """Whether a column's or page's first row begins a paragraph, or goes on with the one before."""
        text, em = last.text.rstrip(), self._body.size
        if len(text) < 20 and sum(map(str.isalpha, text)) < 0.7 * len(text) and row.text[:1].isupper():
            return True  # the one before ends in a formula
        if ENDS_SENTENCE.search(text) is None:
            return False
        return row.x0 > row.left + 0.8 * em or last.x1 < last.right - 2 * em or not row.text[:1].islower()

    def _close(self) -> None:
        """End the open paragraph."""
        rows, self._open = self._open, []
        if not rows:
            return
        text = self._healer.joined(rows, self._marks)
        current = self._parts[-1]
        if KEYWORDS_LABEL.match(text.text) and current.name in ("", ABSTRACT):
            self._front.paragraphs.append(text)
            return
        label = ABSTRACT_LABEL.match(text.text)
        if label and current.name == "" and not any(part.name == ABSTRACT for part in self._parts):
            self._parts.append(_Part(ABSTRACT, [text.cut(label.end())]))
            return
        current.paragraphs.append(text)

    # notes and floats

    def _take_notes(self, rows: list[Row]) -> None:
        notes: list[list[Row]] = []
        for row in rows:
            if not notes or row.cells[0].mark or row.main.baseline - notes[-1][-1].main.baseline > 1.6 * row.main.size:
                notes.append([row])
            else:
                notes[-1].append(row)
        first_page = bool(rows) and rows[0].page == 1
        home = self._front if first_page else self._parts[-1]
        home.notes.extend(self._healer.joined(note) for note in notes)

    def _take_floats(self, floats: Sequence[Float]) -> None:
        for one in floats:
            texts = [self._healer.joined(one.caption)] if one.caption else []
            texts += [_cells(row) for row in one.content]
            self._parts[-1].floats.append((one.name, texts))


def _unclaimed(regions: Sequence[Region], page: int, body: Body) -> list[Float]:
    """The floats of regions whose caption stands in no column."""
    floats = []
    for region in regions:
        caption = Column(tuple(region.caption)).rows(page) if region.caption else []
        content = Column(tuple(region.lines)).rows(page) if region.lines else []
        name = caption_name(caption[0], body) if caption else ""
        floats.append(Float(name or region.kind, tuple(caption), tuple(content)))
    return floats


def _cells(row: Row) -> Text:
    return Text(" | ".join(cell.text for cell in row.cells), ((0, row.page),))


def _is_centred(row: Row) -> bool:
    left, right = row.x0 - row.left, row.right - row.x1
    return left > 2 and abs(left - right) < 0.1 * (row.right - row.left)


def _is_roman_heading(text: str) -> bool:
    """``IV. RESULTS``, set in capitals and no larger than the text."""
    return re.match(r"[IVX]{1,5}\.\s+[^\W\d_]", text) is not None and text.isupper()


def _begins_reference(row: Row, last: Row, above: Row | None, em: float) -> bool:
    """Whether a row of the list of references begins another one: by its number, its hanging indent or a gap."""
    if REFERENCE_ITEM.match(row.text):
        return True
    if REFERENCE_ITEM.match(last.text) and row.x0 > last.x0 + 0.5 * em:
        return False
    if above is None:
        return row.x0 < row.left + 0.5 * em and ENDS_SENTENCE.search(last.text) is not None
    if row.main.baseline - above.main.baseline > 1.3 * row.main.size * 1.15 + 0.5:
        return True
    return row.x0 < row.left + 0.3 * em and above.x0 > above.left + 0.5 * em


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= 6 and ENDS_SENTENCE.search(text.rstrip()) is not None


def _with_abstract(parts: list[_Part]) -> list[_Part]:
    """The parts with the abstract no longer than one is, and found where it has no heading."""
    named = next((part for part in parts if part.name == ABSTRACT), None)
    opening = parts[0]
    if named is not None:
        kept, length = [], 0
        for place, paragraph in enumerate(named.paragraphs):
            if place and (length + len(paragraph.text) > _LONGEST_ABSTRACT or not _is_sentence(paragraph.text)):
                break
            kept.append(paragraph)
            length += len(paragraph.text)
        rest = _Part(FULL_TEXT, named.paragraphs[len(kept) :], named.notes, named.floats)
        named.paragraphs, named.notes, named.floats = kept, [], []
        parts.insert(parts.index(named) + 1, rest)
    elif len(parts) > 1 and opening.paragraphs:
        first = opening.paragraphs[0]
        if _SHORTEST_ABSTRACT <= len(first.text) <= _LONGEST_ABSTRACT and first.pages[0][1] == 1:
            parts.insert(0, _Part(ABSTRACT, [first]))
            opening.paragraphs = opening.paragraphs[1:]
    opening.name = opening.name or FULL_TEXT
    return parts
