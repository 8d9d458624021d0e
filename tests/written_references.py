"""Invented publications and the styles in which people write them, with what a reader must find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Record(NamedTuple):
    """A publication; ``authors`` are pairs of given and family names."""

    authors: tuple[tuple[str, str], ...]
    title: str
    venue: str
    year: str
    volume: str = ""
    pages: str = ""
    in_proceedings: bool = False
    doi: str = ""


RECORDS = (
    Record((("Amina", "Okafor"), ("Lars", "Lindqvist")), "Soil moisture shapes the song of crickets",
           "Journal of Field Acoustics", "2017", "12", "45–67", doi="10.9999/jfa.2017.45"),
    Record((("Amina B.", "Okafor"),), "On the patience of snails", "Malacology Letters", "2014", "3", "1–9"),
    Record((("Pilar", "García Soto"), ("Amina", "Okafor"), ("Wei", "Zhang")),
           "Counting what cannot be seen: a census of burrows", "Annals of Rural Ecology", "2019", "41", "210–233"),
    Record((("Wei", "Zhang"), ("Amina", "Okafor"), ("Jan", "van der Meer"), ("Siobhán", "O’Neill")),
           "Parsing bird calls with finite-state transducers",
           "Proceedings of the 12th Conference on Computational Bioacoustics", "2020", "", "101–110", True),
    Record((("Amina", "Okafor"), ("Wei", "Zhang")), "Do crickets count? Evidence from three meadows", "Animal Numeracy",
           "2021", "8", "15–31", doi="10.9999/an.2021.15"),
    Record((("Lars", "Lindqvist"), ("Amina", "Okafor")), "Robust Estimation of Burrow Depth under Snow",
           "IEEE Transactions on Ground Sensing", "2016", "7", "300–312"),
    Record((("Amina", "Okafor"), ("Jean-Luc", "Moreau")), "Hearing in the dark", "Cognition", "2012", "120", "77–90"),
    Record((("Tomáš", "Novák"), ("Amina", "Okafor"), ("Lars", "Lindqvist")),
           "A note on the growth of E. fictiva in clay", "Clay Science", "2013", "5", "22–25"),
    Record((("Amina", "Okafor"), ("Lars", "Lindqvist"), ("Wei", "Zhang")), "Sparse Sensor Fields for Silent Insects",
           "Proceedings of the International Workshop on Quiet Sensing", "2022", "", "1–12", True),
    Record((("Ngozi", "Eze"), ("Amina", "Okafor")), "Listening to termites", "Nature Listening", "2018", "2", "5–8"),
    Record((("Amina", "Okafor"), ("Pilar", "García Soto")),
           "Reading, counting, and singing: three habits of meadow dwellers", "Review of Meadow Studies", "2015", "30",
           "401–455"),
    Record((("Jan", "van der Meer"), ("Amina", "Okafor")), "Graph Colouring for Nest Boxes",
           "Proceedings of the Symposium on Applied Nesting", "2023", "", "9–18", True),
)  # fmt: skip


def initials(given: str, *, dots: bool = True, blank: bool = True) -> str:
    stop = "." if dots else ""
    parts = ["-".join(f"{half[0]}{stop}" for half in name.split("-")) for name in given.split()]
    return (" " if blank and dots else "").join(parts).replace("-", "-" if dots else "")


def _joined(names: Sequence[str], last: str, *, serial: bool = True) -> str:
    if len(names) < 2:
        return names[0]
    comma = "," if serial and len(names) > 2 else ""
    return f"{', '.join(names[:-1])}{comma} {last} {names[-1]}"


def _inverted(record: Record) -> list[str]:
    return [f"{family}, {initials(given)}" for given, family in record.authors]


def _short(record: Record) -> list[str]:
    return [f"{initials(given)} {family}" for given, family in record.authors]


def _full(record: Record) -> list[str]:
    return [f"{given} {family}" for given, family in record.authors]


def _stopped(title: str) -> str:
    return title if title.endswith("?") else f"{title}."


def apa(r: Record) -> str:
    names = _inverted(r)
    who = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}"
    where = f"In {r.venue} (pp. {r.pages})" if r.in_proceedings else f"{r.venue}, {r.volume}(2), {r.pages}"
    return f"{who} ({r.year}). {_stopped(r.title)} {where}." + (f" https://doi.org/{r.doi}" if r.doi else "")


def ieee(r: Record) -> str:
    where = f"in {r.venue}, {r.year}, pp. {r.pages}" if r.in_proceedings else (
        f"{r.venue}, vol. {r.volume}, no. 2, pp. {r.pages}, {r.year}")  # fmt: skip
    return f"[7] {_joined(_short(r), 'and')}, “{r.title},” {where}" + (f", doi: {r.doi}." if r.doi else ".")


def acl(r: Record) -> str:
    where = f"In {r.venue}, pages {r.pages}, Oslo, Norway" if r.in_proceedings else f"{r.venue}, {r.volume}:{r.pages}"
    return f"{_joined(_full(r), 'and')}. {r.year}. {_stopped(r.title)} {where}."


def chicago(r: Record) -> str:
    (given, family), *others = r.authors
    names = [f"{family}, {given}", *(f"{first} {last}" for first, last in others)]
    who = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, and {names[-1]}"
    title = r.title if r.title.endswith("?") else f"{r.title}."
    where = f"In {r.venue}, {r.pages}. Oslo, {r.year}" if r.in_proceedings else (
        f"{r.venue} {r.volume}, no. 2 ({r.year}): {r.pages}")  # fmt: skip
    return f'{who.rstrip(".")}. "{title}" {where}.'


def vancouver(r: Record) -> str:
    names = ", ".join(f"{family} {initials(given, dots=False)}" for given, family in r.authors)
    where = f"In: {r.venue}; {r.year}. p. {r.pages}" if r.in_proceedings else (
        f"{r.venue}. {r.year};{r.volume}(2):{r.pages}")  # fmt: skip
    return f"3. {names}. {_stopped(r.title)} {where}." + (f" doi:{r.doi}" if r.doi else "")


def harvard(r: Record) -> str:
    where = f"In {r.venue} (pp. {r.pages})" if r.in_proceedings else f"{r.venue}, {r.volume}(2), pp.{r.pages}"
    return f"{_joined(_inverted(r), 'and', serial=False)}, {r.year}. {_stopped(r.title)} {where}."


def plain(r: Record) -> str:
    where = f"In {r.venue}, pages {r.pages}, {r.year}" if r.in_proceedings else (
        f"{r.venue}, {r.volume}(2):{r.pages}, {r.year}")  # fmt: skip
    return f"{_joined(_short(r), 'and')}. {_stopped(r.title)} {where}."


def nature(r: Record) -> str:
    where = f"In {r.venue} {r.pages} ({r.year})" if r.in_proceedings else f"{r.venue} {r.volume}, {r.pages} ({r.year})"
    return f"{_joined(_inverted(r), '&', serial=False)} {_stopped(r.title)} {where}."


def lncs(r: Record) -> str:
    where = (
        f"In: {r.venue}, pp. {r.pages} ({r.year})"
        if r.in_proceedings
        else f"{r.venue} {r.volume}(2), {r.pages} ({r.year})"
    )
    return f"{', '.join(_inverted(r))}: {_stopped(r.title)} {where}." + (f" https://doi.org/{r.doi}" if r.doi else "")


def mla(r: Record) -> str:
    (given, family), *others = r.authors
    who = f"{family}, {given}" + ("" if not others else ", et al." if len(others) > 1 else f", and {_full(r)[1]}")
    title = r.title if r.title.endswith("?") else f"{r.title}."
    where = f"{r.venue}, vol. {r.volume}, no. 2, {r.year}, pp. {r.pages}" if r.volume else (
        f"{r.venue}, {r.year}, pp. {r.pages}")  # fmt: skip
    return f"{who.rstrip('.')}. “{title}” {where}."


def full_names(r: Record) -> str:
    where = f"In {r.venue}, {r.year}" if r.in_proceedings else f"{r.venue} {r.volume} ({r.year}), {r.pages}"
    return f"{_joined(_full(r), 'and')}. {_stopped(r.title)} {where}."


def dblp(r: Record) -> str:
    where = f"{r.venue} {r.year}: {r.pages}" if r.in_proceedings else f"{r.venue} {r.volume}(2): {r.pages} ({r.year})"
    return f"{', '.join(_full(r))}: {_stopped(r.title)} {where}"


def title_first(r: Record) -> str:
    return f"{_stopped(r.title)} {', '.join(_short(r))}. {r.venue}, {r.year}."


def commas(r: Record) -> str:
    where = f"in {r.venue}, {r.pages} ({r.year})" if r.in_proceedings else f"{r.venue} {r.volume} ({r.year}) {r.pages}"
    return f"{_joined(_short(r), 'and')}, {r.title}, {where}."


def untitled(r: Record) -> str:
    """As physicists write them: no title, so that nothing may be read."""
    return f"{', '.join(_short(r))}, {r.venue} {r.volume or '1'}, {r.pages} ({r.year})."


STYLES: dict[str, Callable[[Record], str]] = {
    style.__name__: style
    for style in (
        apa,
        ieee,
        acl,
        chicago,
        vancouver,
        harvard,
        plain,
        nature,
        lncs,
        mla,
        full_names,
        dblp,
        title_first,
        commas,
    )
}
