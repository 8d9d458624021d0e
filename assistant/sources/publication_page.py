"""An author's or a group's page of publications in HTML.

What a page says for machines is believed first: JSON-LD, Highwire's ``citation_`` tags, COinS, and BibTeX in a
``<pre>``. Then come its entries for readers: items of lists, rows, paragraphs, told apart by what their elements are
called (``title``, ``author``) where the page calls them so, and else as any written reference. The same paper found
twice is one entry.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from assistant.errors import SourceError
from assistant.papers import Author, Paper
from assistant.sources import Item, Unreadable, page_metadata
from assistant.sources.entries import Entry, in_reading_order, is_web_link
from assistant.sources.names_in_references import Grade, People, author_list
from assistant.sources.page_elements import ENTRIES, HEADINGS, MAX_ENTRY, MAX_PARTS, SKIPPED, Seen, role_of, see
from assistant.sources.publication_list import Part, beginning, part_of, to_item
from assistant.sources.references import (
    UNCERTAIN,
    Doubt,
    Mark,
    Written,
    families_of,
    identifiers,
    parse,
    resembles_one,
    tidy,
)
from assistant.sources.references_english import ABSTRACT_LABEL
from assistant.words import folded

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_ATTRIBUTES = 2_000
"""Of one tag; the parser's time grows with their square."""
MAX_CANDIDATES = 50_000
"""Elements of one page that could be entries."""
_MAX_FLAT = 4_000_000
_LAST_LINE = 65_535  # the parser counts no further


def read(text: str, name: str = "the page") -> Iterator[Item]:
    """Every publication on the page, in its order, and what looks like one and cannot be read.

    Raises:
        SourceError: there is none on it, or it is no page that can be parsed.
    """
    root, cut = _parsed(text, name)
    found = _Page(root, name).items()
    if not found:
        raise SourceError(
            f"{name!r} holds no list of publications that can be read; export the list as BibTeX, RIS or CSL-JSON, "
            f"or copy its text into a file."
        )
    yield from found
    if cut:
        yield Unreadable(_place(name, cut), "what follows is nested too deeply and was not read; save the page anew.")


def _place(name: str, line: int) -> str:
    return f"{name}, line {line}" if line < _LAST_LINE else f"{name}, after line {_LAST_LINE - 1:,}"


# ---- parsing

_TAG = re.compile(r"<[A-Za-z](?:=\s{0,9}\"[^\"]*\"|=\s{0,9}'[^']*'|[^>])*+")
_VALUE = re.compile(r"=\s{0,9}(?:\"[^\"]*\"|'[^']*')")


def _parsed(text: str, name: str) -> tuple[HtmlElement, int | None]:
    """The tree, and the line where the parser gave up, if it did."""
    from lxml import etree, html

    for tag in _TAG.finditer(text):
        if len(tag[0]) > 2 * MAX_ATTRIBUTES and len(_VALUE.sub("=", tag[0]).split()) > MAX_ATTRIBUTES:
            line = text.count("\n", 0, tag.start()) + 1
            raise SourceError(
                f"{name!r} has more than {MAX_ATTRIBUTES:,} attributes in a tag (line {line}); save the page anew."
            )
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise SourceError(f"{name!r} is no page that can be parsed; save it anew from the browser.") from error
    fatal = [entry.line for entry in parser.error_log if entry.level == etree.ErrorLevels.FATAL]
    return root, fatal[0] if fatal else None


# ---- the page


@dataclass(slots=True)
class _Unit:
    """An entry of the page: where it stands and what it says."""

    element: HtmlElement
    order: int
    line: int
    written: Written
    entry: Entry | Doubt
    part: Part
    year: str | None


class _Row(NamedTuple):
    """An entry as one of the page's ways to say it has it."""

    order: int
    line: int
    origin: str
    entry: Entry


class _Page:
    def __init__(self, root: HtmlElement, name: str) -> None:
        self._root = root
        self._name = name
        base = root.find(".//base")
        self._base = (base.get("href") or "") if base is not None else ""
        self._seen: dict[HtmlElement, Seen] = {}
        self._order: dict[HtmlElement, int] = {}
        self._sizes: dict[HtmlElement, int] = {}
        self._under: dict[HtmlElement, tuple[Part, str | None]] = {}
        self._holding: dict[HtmlElement, int] = {}
        self._candidates = self._walk()
        self._families = families_of([
            self._see(e).written for e in self._candidates if e.tag in ("li", "tr", "dd", "p", "article")
            and 30 < self._sizes[e] < 3_000 and resembles_one(self._see(e).written)
        ])  # fmt: skip

    def items(self) -> list[Item]:
        """Papers and what could not be read, in the page's order."""
        units = self._units()
        known = self._families.union(*(_families(unit.entry) for unit in units))
        if known != self._families:  # names that some entries show to be authors are so in the others
            self._families = known
            units = self._units()
        unread = self._unread(units)
        rows = [*self._for_machines(), *self._for_readers(units)]
        entries = _merged_by_title(sorted(rows, key=lambda row: (row.order, row.origin == "reader")))
        items: list[tuple[int, Item]] = [
            (row.order, row.entry.to_paper(_place(self._name, row.line))) for row in entries
        ]
        return [item for _, item in sorted([*items, *unread], key=lambda row: row[0])]

    # -- the tree

    def _walk(self) -> list[HtmlElement]:
        """What may be an entry, in the page's order; the heading above each and its length are kept."""
        from lxml import etree

        found: list[HtmlElement] = []
        starts: dict[HtmlElement, int] = {}
        length, part, year = 0, Part.UNKNOWN, None
        walk = etree.iterwalk(self._root, events=("start", "end"))
        for event, node in walk:
            if event == "end":
                if node in starts:
                    self._sizes[node] = length - starts.pop(node)
                    self._holding[node] = len(found) - self._holding[node]
                length += len(node.tail or "")
                continue
            if node.tag in SKIPPED and node.tag != "form":
                walk.skip_subtree()
                continue
            if node.tag in HEADINGS:
                heading = " ".join(node.text_content()[:200].split())
                is_year = re.fullmatch(r"\W*((?:19|20)\d\d)\W*(?:\(\d+\))?", heading)
                year = is_year[1] if is_year else year if len(heading.split()) > 6 else None
                part = part if is_year or len(heading.split()) > 6 else part_of(heading)
            length += len(node.text or "")
            starts[node] = length - len(node.text or "")
            self._order[node] = len(self._order)
            self._holding[node] = len(found)
            self._under[node] = (part, year)
            if node.tag in ENTRIES:
                found.append(node)
            if len(found) > MAX_CANDIDATES:
                raise SourceError(
                    f"{self._name!r} has more than {MAX_CANDIDATES:,} elements that may be entries; export the list as "
                    f"BibTeX, RIS or CSL-JSON."
                )
        return found

    def _may_be_entry(self, element: HtmlElement) -> bool:
        return 20 < self._sizes[element] < MAX_ENTRY and self._holding[element] <= MAX_PARTS

    def _see(self, element: HtmlElement) -> Seen:
        if element not in self._seen:
            self._seen[element] = see(element, self._base)
        return self._seen[element]

    # -- entries for readers

    def _units(self) -> list[_Unit]:
        """The entries that can be read: the innermost element that holds one, grown while it stays that entry."""
        holds: set[HtmlElement] = set()
        units: list[_Unit] = []
        for element in reversed(self._candidates):
            if element in holds or not self._may_be_entry(element) or _only_wraps(element):
                continue
            found = self._read(element)
            units += found
            if found:
                holds.update([element, *element.iterancestors()])
        units += self._flat(holds)
        holding = Counter(e for unit in units for e in unit.element.iterancestors())
        whole = [self._grown(unit, holding) for unit in units]
        return sorted(whole, key=lambda unit: unit.order)

    def _read(self, element: HtmlElement) -> list[_Unit]:
        seen = self._see(element)
        pieces = _pieces(seen)
        if len(pieces) > 1:
            parsed = [(piece, line, parse(piece, self._families)) for piece, line in pieces]
            if sum(isinstance(entry, Entry) for _, _, entry in parsed) > 1:
                return [
                    self._unit(element, line, piece, entry)
                    for piece, line, entry in parsed
                    if isinstance(entry, Entry) or resembles_one(piece)
                ]
        entry = _entry(seen, self._families)
        return [self._unit(element, seen.line, seen.written, entry)] if isinstance(entry, Entry) else []

    def _unit(self, element: HtmlElement, line: int, written: Written, entry: Entry | Doubt) -> _Unit:
        part, year = self._under[element]
        return _Unit(element, self._order[element], line, written, entry, part, year)

    def _flat(self, holds: set[HtmlElement]) -> list[_Unit]:
        """Entries that are rows of elements side by side: a title, authors, a venue, and so on."""
        units: list[_Unit] = []
        left = _MAX_FLAT
        for element in self._root.iter("dl", "div", "td", "section", "main", "body"):
            size = self._sizes.get(element, 0)
            if element in holds or not 100 < size < 20 * MAX_ENTRY:
                continue
            left -= size
            if left < 0:
                break
            seen = self._see(element)
            grouped = [(p, line, parse(p, self._families)) for p, line in _by_author_lines(seen, self._families)]
            if sum(isinstance(entry, Entry) for _, _, entry in grouped) > 1:
                units += [self._unit(element, line, piece, entry) for piece, line, entry in grouped]
                holds.update([element, *element.iterancestors(), *element.iterdescendants()])
        return units

    def _grown(self, unit: _Unit, holding: Counter[HtmlElement]) -> _Unit:
        """The unit with the rest of the item or row that it stands in, where that is read as the same paper."""
        around = next(
            (e for e in islice(unit.element.iterancestors(), 4) if e.tag in ("li", "tr", "article", "dd")), None
        )
        if around is None or holding[around] > 1 or not self._sizes.get(around, MAX_ENTRY) < MAX_ENTRY:
            return unit
        entry = _entry(self._see(around), self._families)
        if isinstance(unit.entry, Entry) and isinstance(entry, Entry) and entry.title == unit.entry.title:
            entry = replace(_merged(unit.entry, entry), url=entry.url, links=entry.links)
            return replace(unit, element=around, entry=entry)
        return unit

    def _for_readers(self, units: Iterable[_Unit]) -> Iterator[_Row]:
        for unit in units:
            if isinstance(unit.entry, Entry) and unit.part is not Part.OTHER:
                entry = unit.entry if unit.entry.date else replace(unit.entry, date=unit.year)
                yield _Row(unit.order, unit.line, "reader", self._with_abstract_beside(unit.element, entry))

    def _with_abstract_beside(self, element: HtmlElement, entry: Entry) -> Entry:
        beside = element.getnext()
        if entry.abstract or beside is None or not isinstance(beside.tag, str) or role_of(beside) != "abstract":
            return entry
        return replace(entry, abstract=ABSTRACT_LABEL.sub("", " ".join(beside.text_content().split())))

    def _unread(self, units: Sequence[_Unit]) -> list[tuple[int, Item]]:
        """What stands among the entries, or looks like one, and cannot be read; and entries that are no papers."""
        items = [
            (u.order, self._left_out(u.written, u.line, u.part))
            for u in units
            if u.part is Part.OTHER or isinstance(u.entry, Doubt)
        ]
        inside = {e for unit in units for e in (unit.element, *unit.element.iterdescendants())}
        around = {e for unit in units for e in unit.element.iterancestors()}
        parents = {unit.element.getparent() for unit in units}
        shapes = {(unit.element.tag, unit.element.get("class")) for unit in units}
        taken: set[HtmlElement] = set()
        for element in reversed(self._candidates):
            if element in inside or element in around or element in taken or not self._may_be_entry(element):
                continue
            seen = self._see(element)
            alike = bool(element.get("class")) and (element.tag, element.get("class")) in shapes
            beside = alike or element.getparent() in parents
            listed = (alike or (beside and element.tag in ("li", "tr"))) and len(tidy(seen.written).text.split()) > 4
            if role_of(element) == "abstract" or not (
                listed or ((beside or not units) and resembles_one(seen.written))
            ):
                continue
            taken.update([element, *element.iterancestors()])
            part, _ = self._under[element]
            if part is not Part.NO_ENTRIES:
                items.append((self._order[element], self._left_out(seen.written, seen.line, part)))
        return items

    def _left_out(self, written: Written, line: int, part: Part) -> Item:
        place = _place(self._name, line)
        item = to_item(written, self._families, place, part=part)
        if isinstance(item, Paper):  # its text alone can be read, but not with what its elements are called
            return Unreadable(place, f"{beginning(written)}: {UNCERTAIN}")
        return item

    # -- entries for machines

    def _for_machines(self) -> Iterator[_Row]:
        for node in self._root.iter("script", "pre", "textarea", "span", "meta"):
            order = self._order.get(node, -1)
            line = node.sourceline or 0
            if node.tag == "script" and (node.get("type") or "").strip().casefold() == "application/ld+json":
                yield from (_Row(order, line, "json-ld", entry) for entry in page_metadata.of_json_ld(node.text or ""))
            elif node.tag in ("pre", "textarea") and re.search(r"@\w+\s*\{", node.text_content()[:10_000]):
                found = page_metadata.of_bibtex(node.text_content(), self._name)
                yield from (_Row(order, line, "bibtex", entry) for entry in found)
            elif node.tag == "span" and "Z3988" in (node.get("class") or ""):
                entry = page_metadata.of_coins(node.get("title") or "")
                if entry:
                    yield _Row(order, line, "coins", entry)
            elif node.tag == "meta" and (node.get("name") or "").casefold() == "citation_title":
                entry = page_metadata.of_highwire(self._root)
                if entry:
                    yield _Row(order, line, "highwire", entry)


def _families(entry: Entry | Doubt) -> frozenset[str]:
    names = _names(entry) if isinstance(entry, Entry) else []
    return frozenset(folded(Author(name).family) for name in names)


def _names(entry: Entry) -> list[str]:
    return [in_reading_order(name if isinstance(name, str) else name.name) for name in entry.authors]


def _only_wraps(element: HtmlElement) -> bool:
    """Whether all its text is one child's, so that it says nothing that the child does not."""
    return (
        len(element) == 1
        and not (element.text or "").strip()
        and not (element[0].tail or "").strip()
        and (element[0].tag in ENTRIES)
    )


def _pieces(seen: Seen) -> list[tuple[Written, int]]:
    """A text's parts with an empty line between them; else its lines, where there are several."""
    text = seen.written.text.strip("\n")
    parts = list(re.finditer(r"(?:[^\n]|\n(?!\n))+", seen.written.text)) if "\n\n" in text else []
    if len([part for part in parts if part[0].strip()]) < 2:
        parts = list(re.finditer(r"[^\n]+", seen.written.text))
    return [_slice(seen, *part.span()) for part in parts if part[0].strip()]


def _slice(seen: Seen, start: int, end: int) -> tuple[Written, int]:
    written = seen.written
    text = written.text[start:end]
    marks = [Mark(m.start - start, m.end - start, m.kind) for m in written.marks if start <= m.start and m.end <= end]
    line = next((line for place, line in reversed(seen.lines) if place <= start), seen.line)
    return Written(text, tuple(marks), tuple(link for at, link in seen.hrefs if start <= at < end)), line


def _by_author_lines(seen: Seen, families: frozenset[str]) -> Iterator[tuple[Written, int]]:
    """Stretches of a title's line, a line of authors and what follows, up to the next title."""
    lines = [match for match in re.finditer(r"[^\n]+", seen.written.text) if match[0].strip()]
    heads = []
    for place in range(1, len(lines)):
        people = author_list(lines[place][0]) if len(lines[place][0]) < 3_000 else None
        if people and (people.grade > 1 or people.families & families):
            heads.append(place - 1)
    for head, following in zip(heads, [*heads[1:], len(lines)], strict=False):
        if following > head + 1:
            last = min(following, head + 6)
            yield _slice(seen, lines[head].start(), lines[last - 1].end())


def _entry(seen: Seen, families: frozenset[str]) -> Entry | Doubt:
    """The entry that an element is: by what its parts are called, else by how it is written."""
    if len(seen.titles) > 1:
        return Doubt("it holds several titles.")
    if seen.titles and (people := _named_people(seen)):
        return _with_links(_named_entry(seen, people), seen)
    entry = parse(seen.written, families)
    if isinstance(entry, Doubt):
        entry = _cited(seen, families) or entry
    if isinstance(entry, Doubt):
        return entry
    if seen.titles and _letters(seen.titles[0]) != _letters(entry.title):
        return Doubt(UNCERTAIN)
    return _with_links(replace(entry, abstract=entry.abstract or seen.abstract), seen)


_ONE_MORE = re.compile(r"[\s*†‡\d]*(?:[,;&|]\s*|\s(?=and\b))(?:and\s+|&\s*)?[^\W\d_a-z]")
_SEPARATORS = re.compile(r"[\s,;&|·•*†‡\d]*(?:and)?[\s*†‡]*")


def _named_people(seen: Seen) -> People | None:
    """The authors whom the page calls so, where these are all that stand there."""
    if not seen.spans:
        return None
    text, spans = seen.written.text, seen.spans
    between = [text[end:start] for (_, end), (start, _) in pairwise(spans)]
    before, after = text[: spans[0][0]].rpartition("\n")[2].strip(), text[spans[-1][1] :]
    goes_on = _ONE_MORE.match(after) and not after.lstrip(" ,;|").startswith(seen.titles[0])
    if goes_on or re.search(r"(?:[,;&|]|\band)$", before) or not all(_SEPARATORS.fullmatch(gap) for gap in between):
        return None
    names = [re.sub(r"\s\d{4}$", "", name) for name in seen.authors]  # DBLP tells namesakes apart by numbers
    if len(names) == 1:
        return author_list(names[0])
    return People(tuple(names), True, Grade.LIST) if all(map(author_list, names)) else None


def _named_entry(seen: Seen, people: People) -> Entry:
    year = re.search(r"\b(?:1[6-9]|20)\d\d\b", seen.venue)
    return Entry(
        title=re.sub(r"(?<!\.)\.$", "", seen.titles[0]),
        authors=people.names,
        authors_complete=people.complete,
        abstract=seen.abstract,
        date=seen.date or (year[0] if year else None),
        venue=_venue_of(seen),
        ids=identifiers(seen.written),
    )


def _letters(title: str) -> str:
    """A title without case, blanks and marks."""
    return re.sub(r"\W+", "", folded(title))


def _with_links(entry: Entry, seen: Seen) -> Entry:
    """The entry with what its element links: the title's link first, those of persons and venues left out."""
    key, venue = _letters(entry.title), folded(entry.venue or "")
    names = {folded(name) for name in _names(entry)}
    links = [
        link
        for link in seen.written.links
        if is_web_link(link)
        and (text := folded(seen.texts.get(link, ""))) not in names
        and not (text and text in venue)
    ]
    links.sort(key=lambda link: _letters(seen.texts.get(link, "")) != key)
    return replace(entry, url=links[0] if links else None, links=links[1:])


def _venue_of(seen: Seen) -> str | None:
    text = re.sub(r"^(?:[Ii]n:?|[Pp]ublished in)\s+", "", seen.venue)
    text = re.split(r",?\s+\(?(?:19|20)\d\d\b|,\s(?:vol|pp|pages)\b|\s\d+\s?[(:]", text)[0].strip(" .,;:")
    return text or None


def _cited(seen: Seen, families: frozenset[str]) -> Entry | None:
    """The entry of a line that says how to cite the paper, where its title is the one above."""
    for line in seen.written.text.split("\n"):
        match = re.match(r"\W*(?:[Rr]ecommended )?[Cc]it(?:ation|e as):?\s+(?P<reference>.{20,3000})", line)
        if match:
            entry = parse(replace(seen.written, text=match["reference"], marks=()), families)
            above = _letters(seen.written.text.partition(line)[0])
            return entry if isinstance(entry, Entry) and _letters(entry.title) in above else None
    return None


def _merged_by_title(rows: Iterable[_Row]) -> list[_Row]:
    """The rows, those of one title from different origins made one; two of one origin are two papers."""
    kept: list[_Row] = []
    places: dict[str, list[tuple[int, set[str]]]] = {}
    for row in rows:
        same = places.setdefault(_letters(row.entry.title), [])
        found = next((pair for pair in same if row.origin not in pair[1]), None)
        if found is None:
            same.append((len(kept), {row.origin}))
            kept.append(row)
        else:
            place, origins = found
            origins.add(row.origin)
            kept[place] = kept[place]._replace(entry=_merged(kept[place].entry, row.entry))
    return kept


def _merged(first: Entry, second: Entry) -> Entry:
    """One entry of two of the same paper: the first one's fields, the second one's where it has none."""
    return replace(
        first,
        authors=first.authors or second.authors,
        authors_complete=first.authors_complete if first.authors else second.authors_complete,
        abstract=first.abstract or second.abstract,
        date=first.date or second.date,
        venue=first.venue or second.venue,
        kind=first.kind or second.kind,
        url=first.url or second.url,
        ids=tuple(dict.fromkeys((*first.ids, *second.ids))),
        links=tuple(dict.fromkeys(link for link in (*first.links, second.url, *second.links) if link)),
        key=first.key or second.key,
    )
