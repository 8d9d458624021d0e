"""Figures and tables: where they stand on a page, what is written in them, and which caption is theirs.

A table shows by its rules, a figure by the image or drawing that was placed as a whole, and where a page has neither,
by rows beside a caption that are no prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.sources.pdf_english import ABSTRACT_HEADING, CAPTION, KINDS
from assistant.sources.pdf_layout import Line, Row
from assistant.sources.pdf_pages import Box, Page

_SAME_EDGE = 4.0
_MOST_RULES = 200
_NEAR = 14.0
"""Points between two pictures of one figure."""
_NARROWEST = 9.0
"""Ems that a table is wide; shorter rules are those of fractions and roots."""
_FARTHEST = 5.0
"""Ems between a caption and what it belongs to."""


@dataclass(frozen=True, slots=True)
class Body:
    """How the prose of a document is set: its size and the distance of its baselines, in points."""

    size: float
    leading: float
    bold: bool

    def sets(self, size: float) -> bool:
        return abs(size - self.size) <= 0.07 * self.size


@dataclass(slots=True)
class Region:
    """A part of a page that holds a table or a figure, with the lines in it."""

    box: Box
    kind: str
    lines: list[Line] = field(default_factory=list)
    caption: list[Line] = field(default_factory=list)
    """Where text runs beside it; other captions are found in their column."""


@dataclass(frozen=True, slots=True)
class Float:
    """A figure, table or the like: its name, the rows of its caption and the rows of what it shows."""

    name: str
    caption: tuple[Row, ...]
    content: tuple[Row, ...]


# ---- regions


def regions_of(page: Page, lines: Sequence[Line], body: Body) -> tuple[list[Region], list[Line]]:
    """The page's tables and figures with their lines, and the lines that are in none."""
    regions = [Region(box, "Table") for box in _ruled(page.rules, lines, body)]
    framed = [box for box in page.frames[:_MOST_PICTURES] if _has_caption(box, lines, body)]
    regions += [Region(box, "Figure") for box in _merged([*page.graphics, *framed])]
    outside: list[Line] = []
    for line in lines:
        home = next((region for region in regions if region.box.holds(line.box.centre, 1.0)), None)
        (home.lines if home else outside).append(line)
    drawn = [region for region in regions if region.kind == "Figure" and region.box not in framed]
    for region in [region for region in drawn if _is_prose(region.lines, body)]:
        regions.remove(region)
        outside.extend(region.lines)
    outside.sort(key=lambda line: (line.baseline, line.x0))
    for region in regions:
        region.caption = _caption_beside_text(region.box, outside, body)
        outside = [line for line in outside if line not in region.caption]
    return regions, outside


def _caption_beside_text(box: Box, lines: Sequence[Line], body: Body) -> list[Line]:
    """The lines of a caption as narrow as its figure, where other text stands to the left or right of it."""
    em = body.size
    inside = [line for line in lines if line.x0 > box.x0 - 1.5 * em and line.x1 < box.x1 + 1.5 * em]
    first = next((line for line in inside if is_labelled(line) and -em < line.top - box.y1 < 3 * em), None)
    if first is None or not any(
        other.top < first.bottom and first.top < other.bottom and other not in inside for other in lines
    ):
        return []
    caption = [first]
    for line in inside:
        if 0 < line.baseline - caption[-1].baseline < 1.5 * first.size and abs(line.size - first.size) < 0.5:
            caption.append(line)
    return caption


def is_labelled(line: Line) -> bool:
    """Whether a line begins with a caption's label and what ends one."""
    match = CAPTION.match(line.text)
    return match is not None and bool(match["end"])


def _ruled(rules: Sequence[Box], lines: Sequence[Line], body: Body) -> list[Box]:
    """The boxes between rules of the same length, one below the other, with no prose between them."""
    found: list[Box] = []
    for group in _of_one_length(rules):
        box = group[0]
        for rule in group[1:]:
            between = [line for line in lines if box.y1 < line.box.centre[1] < rule.y0 and _within(line, rule)]
            if rule.y0 - box.y1 < body.size or (between and not _is_no_table(between, rule, body)):
                box = box.joined(rule)
            else:
                found.append(box)
                box = rule
        found.append(box)
    return [box for box in found if box.height > body.size and box.width > _NARROWEST * body.size]


def _has_caption(box: Box, lines: Sequence[Line], body: Body) -> bool:
    """Whether a caption stands right above or below a shape, which then frames what is written in it."""
    return any(
        is_labelled(line)
        and box.x0 - _NEAR < line.box.centre[0] < box.x1 + _NEAR
        and min(abs(line.top - box.y1), abs(box.y0 - line.bottom)) < 3 * body.size
        for line in lines
    )


def _of_one_length(rules: Sequence[Box]) -> Iterator[list[Box]]:
    """Rules that begin and end at the same places of the line, from the top; more than tables have are a drawing's."""
    for left in _near(rules, lambda rule: rule.x0):
        for group in _near(left, lambda rule: rule.x1):
            if 1 < len(group) <= _MOST_RULES:
                yield sorted(group, key=lambda rule: rule.y0)


def _near(rules: Sequence[Box], edge: Callable[[Box], float]) -> list[list[Box]]:
    groups: list[list[Box]] = []
    for rule in sorted(rules, key=edge):
        if groups and edge(rule) - edge(groups[-1][-1]) < _SAME_EDGE:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return groups


def _within(line: Line, rule: Box) -> bool:
    return rule.x0 - _NEAR <= line.box.centre[0] <= rule.x1 + _NEAR


def _is_no_table(lines: Sequence[Line], rule: Box, body: Body) -> bool:
    """Whether lines between two rules are a title, an abstract, a caption or prose."""
    if any(line.size > 1.2 * body.size or ABSTRACT_HEADING.fullmatch(line.text) for line in lines):
        return True
    if any(map(is_labelled, lines)):
        return True
    prose = [line for line in lines if body.sets(line.size) and line.width > 0.75 * rule.width and line.style.size]
    return len(prose) >= 3 and len(prose) > 0.4 * len(lines)


def _is_prose(lines: Sequence[Line], body: Body) -> bool:
    """Whether what stands on a picture is prose with a background."""
    set_as_body = [line for line in lines if body.sets(line.size) and len(line.text.split()) > 5]
    return len(set_as_body) >= 3 and len(set_as_body) > 0.5 * len(lines)


def _merged(boxes: Sequence[Box]) -> list[Box]:
    """Pictures that lie side by side or over each other, as one."""
    merged: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.y0)[:_MOST_PICTURES]:
        near = [other for other in merged if _distance(box, other) <= _NEAR]
        for other in near:
            merged.remove(other)
            box = box.joined(other)
        merged.append(box)
    return merged


_MOST_PICTURES = 500


def _distance(one: Box, other: Box) -> float:
    across = max(one.x0 - other.x1, other.x0 - one.x1, 0.0)
    down = max(one.y0 - other.y1, other.y0 - one.y1, 0.0)
    return max(across, down)


# ---- captions


@dataclass(frozen=True, slots=True)
class Caption:
    """``rows`` are ``start`` to ``end`` of the column's."""

    name: str
    column: int
    start: int
    end: int
    rows: tuple[Row, ...]

    @property
    def kind(self) -> str:
        return self.name.split()[-2] if " " in self.name else self.name

    @property
    def box(self) -> Box:
        box = self.rows[0].box
        for row in self.rows:
            box = box.joined(row.box)
        return box


def captions_of(column: int, rows: Sequence[Row], body: Body) -> Iterator[Caption]:
    """The captions in a column's rows."""
    place = 0
    while place < len(rows):
        if name := caption_name(rows[place], body):
            end = caption_rows(rows, place, body)
            yield Caption(name, column, place, end, tuple(rows[place:end]))
            place = end
        else:
            place += 1


def caption_name(row: Row, body: Body) -> str:
    """``Figure 3`` where a row begins a caption, else nothing."""
    match = CAPTION.match(row.text)
    if not match:
        return ""
    first = row.cells[0]
    set_apart = not body.sets(first.size) or (first.words[0].style.bold and not body.bold)
    if match["end"] is None and not (set_apart and row.text[match.end() :][:2].strip()[:1].isupper()):
        return ""
    kind = match["kind"].rstrip(".")
    kind = KINDS.get(kind.casefold(), kind.capitalize())
    before = match["label"][: match.start("kind") - match.start()]
    return f"{before}{kind} {match['number']}"


def caption_rows(rows: Sequence[Row], start: int, body: Body) -> int:
    """Where the caption that begins at ``start`` ends: at a gap, a change of size or another caption."""
    end = start + 1
    size = rows[start].main.size
    while end < len(rows):
        above, row = rows[end - 1], rows[end]
        alone = CAPTION.fullmatch(above.text.strip()) is not None  # "TABLE I", and its words below
        step = row.main.baseline - above.main.baseline
        if step > (1.9 if alone else 1.35) * max(size, 0.8 * body.size) * 1.2 or caption_name(row, body):
            break
        if abs(row.main.size - size) > 0.06 * size and not alone:
            break
        if len(row.cells) > 1:
            break
        size = row.main.size
        end += 1
    return end


def is_prose_row(row: Row, body: Body) -> bool:
    """Whether a row belongs to running text, by its size and its words."""
    return len(row.cells) == 1 and row.main.size >= 0.93 * body.size and sum(map(str.isalpha, row.text)) >= 3


def content_beside(rows: Sequence[Row], caption: Caption, body: Body) -> tuple[int, int]:
    """The rows around a caption that are no prose and near enough: ``(first, last + 1)``, the caption among them.

    A figure stands above its caption; a table on the one side of it where such rows are.
    """
    first, last = caption.start, caption.end
    while first > 0 and _belongs(rows[first - 1], rows[first], body):
        first -= 1
    if first == caption.start and caption.kind != "Figure":
        while last < len(rows) and _belongs(rows[last], rows[last - 1], body):
            last += 1
    return first, last


def _belongs(row: Row, neighbour: Row, body: Body) -> bool:
    near = abs(row.main.baseline - neighbour.main.baseline) < _FARTHEST * body.size
    return near and not is_prose_row(row, body) and not caption_name(row, body)


def belonging(
    region: Region, caption: Caption, rows: Sequence[Row], regions: Sequence[Region], body: Body
) -> tuple[list[Region], list[Row]]:
    """What else is part of a float: pictures beside its own, and what stands between it and its caption."""
    box = caption.box
    others = [
        other
        for other in regions
        if other is not region
        and min(other.box.y1, region.box.y1) - max(other.box.y0, region.box.y0) > 0.5 * other.box.height
        and box.x0 - _NEAR < other.box.centre[0] < box.x1 + _NEAR
    ]
    top, bottom = sorted((region.box.centre[1], box.centre[1]))
    between = [row for row in rows if row not in caption.rows and top < row.box.centre[1] < bottom]
    above = [row for row in rows if row.box.centre[1] < top] if caption.box.y0 > region.box.y0 else []
    edge = min(region.box.y0, *(other.box.y0 for other in others), top)
    while above and edge - above[-1].box.y1 < _FARTHEST * body.size / 2 and not is_prose_row(above[-1], body):
        row = above.pop()
        if caption_name(row, body):
            break
        between.insert(0, row)
        edge = row.box.y0
    return others, between


def matched(captions: Sequence[Caption], regions: Sequence[Region], body: Body) -> list[Region | None]:
    """The region of each caption. On one page, captions of one kind stand all above or all below what is theirs."""
    homes: dict[int, Region] = {}
    free = list(regions)
    for kind in sorted({caption.kind for caption in captions}):
        places = [place for place, caption in enumerate(captions) if caption.kind == kind]
        tries = [_on_side([(p, captions[p]) for p in places], free, body, above) for above in (True, False)]
        found = max(tries, key=lambda pairs: (len(pairs), -sum(far for _, far in pairs.values())))
        for place, (region, _) in found.items():
            homes[place] = region
            free.remove(region)
    return [homes.get(place) for place in range(len(captions))]


def _on_side(
    captions: Sequence[tuple[int, Caption]], regions: Sequence[Region], body: Body, above: bool
) -> dict[int, tuple[Region, float]]:
    """The nearest region above (or below) each caption, with its distance."""
    free = list(regions)
    found: dict[int, tuple[Region, float]] = {}
    for place, caption in captions if above else reversed(captions):
        box = caption.box
        near: list[tuple[float, int, Region]] = []
        for region in free:
            shared = min(box.x1, region.box.x1) - max(box.x0, region.box.x0)
            far = box.y0 - region.box.y1 if above else region.box.y0 - box.y1
            far += 0.0 if region.kind == caption.kind else body.size
            if shared > 0.4 * min(box.width, region.box.width) and -body.size < far <= _FARTHEST * body.size:
                near.append((far, len(near), region))
        if near:
            far, _, region = min(near)
            found[place] = (region, far)
            free.remove(region)
    return found
