"""Commands of a chat: what is typed behind our name and is no question comes out as plain data, which adapters show."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, get_args

from assistant.answers import Answer, Citation, Dimension, mentioned
from assistant.api import Assistant
from assistant.errors import (
    AssistantError,
    ConversationNotFound,
    PaperNotFound,
    QuestionError,
    SourceError,
    Stopped,
)
from assistant.papers import Paper, clean
from assistant.sources import intake
from assistant.surfaces.messaging.error_messages import GONE, error_message
from assistant.surfaces.messaging.events import Place
from assistant.surfaces.messaging.thread_store import ThreadStore
from assistant.surfaces.serve.service import Service
from assistant.tables import Table
from assistant.words import folded

if TYPE_CHECKING:
    from assistant.sources.intake import Given

LISTED = 20
"""Papers that a list shows at most."""
_RELATED = 3
"""Papers that are named beside one."""
_EXAMPLES = 4
"""Questions that are suggested."""
_OFF = ("off", "no", "false", "0")
_ON = ("", "on", "yes", "true", "1")


@dataclass(frozen=True, slots=True)
class ToAsk:
    """It is a question, for :meth:`Responder.accept`."""

    question: str


@dataclass(frozen=True, slots=True)
class Papers:
    """Papers, newest first: of ``total`` that there are, at most ``LISTED``. ``words`` is what was looked for."""

    papers: tuple[Paper, ...]
    total: int
    library: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Trends:
    """Counts of papers; ``table.save("….png")`` draws them where a browser is there, ``table.to_csv()`` always."""

    table: Table
    library: str


@dataclass(frozen=True, slots=True)
class OnePaper:
    """A paper, and those nearest to it, best first."""

    paper: Paper
    related: tuple[Paper, ...]
    library: str


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked here, and questions that the library answers."""

    library: str
    papers: int
    examples: tuple[str, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """What a marker of an answer cites. ``note`` says why nothing stands around the quote, where that is so."""

    citation: Citation
    note: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence. ``is_problem`` where the command was not done."""

    sentence: str
    is_problem: bool = False


CommandResult = ToAsk | Papers | Trends | OnePaper | Help | Said


class Commands:
    """
    Args:
        editors: ids of the users who may add papers, and choose what a channel asks and whether it is answered.
    """

    def __init__(self, service: Service, threads: ThreadStore, editors: Collection[str] = ()) -> None:
        self._service = service
        self._threads = threads
        self._editors = frozenset(editors)
        self._adding: dict[str, asyncio.Lock] = {}
        self._known: Mapping[str, Callable[[str, Place], CommandResult]] = {
            "list": self._list,
            "trends": self._trends,
            "show": self._show,
        }
        self._restricted: Mapping[str, Callable[[str, Place], CommandResult]] = {
            "use": self._use,
            "silent": self._silence,
        }

    async def run(self, text: str, place: Place, user: str) -> CommandResult:
        """Do what a command says; a text that begins with none is a question. What goes wrong is a sentence.

        ``add`` returns when the papers are in, which may take minutes.
        """
        name, _, rest = text.strip().partition(" ")
        name, rest = name.casefold(), rest.strip()
        try:
            if name in ("", "help"):
                return await self._service.run(self._help, place, user)
            if name == "ask":
                return ToAsk(rest) if rest else Said("Write your question behind 'ask'.", is_problem=True)
            if name in self._known:
                return await self._service.run(self._known[name], rest, place)
            if name in (*self._restricted, "add"):
                if user not in self._editors:
                    return Said(f"Only those who look after the library may use '{name}'.", is_problem=True)
                if name == "add":
                    return await self._add(rest, place)
                return await self._service.run(self._restricted[name], rest, place)
        except AssistantError as error:
            return Said(error_message(error), is_problem=True)
        return ToAsk(text.strip())

    async def examples(self, place: Place) -> Sequence[str]:
        """Questions that the place's library answers; none where it holds no paper or cannot be opened."""
        try:
            return await self._service.run(lambda: self._examples(self._assistant(place)))
        except AssistantError:
            return ()

    async def rate(self, place: Place, conversation: str, number: int, useful: bool, reason: str = "") -> None:
        """Keep whether an answer was useful, in place of what was said of it before.

        Raises:
            ConversationNotFound: it was deleted, or is not of this channel.
            ConversationsError: the reason is too long, or it cannot be kept.
        """

        def rate() -> None:
            self._check_own(place, conversation)
            self._service.shelf.conversations.rate(conversation, number, useful, reason)

        await self._service.run(rate)

    async def answer(self, place: Place, conversation: str, number: int) -> Answer:
        """A stored answer, as it was.

        Raises:
            ConversationNotFound: it was deleted, or is not of this channel.
            AssistantError: its library cannot be opened.
        """
        return await self._service.run(self._answer, place, conversation, number)

    async def passage(self, place: Place, conversation: str, number: int, marker: int) -> Passage:
        """What stands behind a marker of a stored answer.

        Raises:
            ConversationNotFound: the answer was deleted, has no such marker, or is not of this channel.
            AssistantError: its library cannot be opened.
        """
        return await self._service.run(self._passage, place, conversation, number, marker)

    # ---- everybody's

    def _help(self, place: Place, user: str) -> Help:
        assistant = self._assistant(place)
        library = assistant.library
        return Help(library.name, len(library.papers), tuple(self._examples(assistant)), user in self._editors)

    def _examples(self, assistant: Assistant) -> Sequence[str]:
        return assistant.examples()[:_EXAMPLES] if assistant.library.papers else ()

    def _list(self, words: str, place: Place) -> Papers:
        assistant = self._assistant(place)
        found = [paper for paper in assistant.papers() if not words or _is_on(words, paper)]
        found.sort(key=lambda paper: paper.date or "", reverse=True)
        return Papers(tuple(found[:LISTED]), len(found), assistant.library.name, words)

    def _trends(self, words: str, place: Place) -> Trends:
        assistant = self._assistant(place)
        by = [_dimension(word) for word in re.split(r"[\s,]+", words) if word and word.casefold() not in ("by", "and")]
        return Trends(assistant.trends(by or ("topic", "year")), assistant.library.name)

    def _show(self, words: str, place: Place) -> OnePaper | Said:
        assistant = self._assistant(place)
        papers = assistant.library.papers
        found = [papers[words]] if words in papers else [paper for paper in papers.values() if _is_on(words, paper)]
        named = [paper for paper in found if folded(clean(paper.title)) == folded(words)] or found
        if not words or len(named) > 1:
            which = f"{len(named)} papers are called so; write" if words else "Write"
            return Said(f"{which} the key of one behind 'show', as 'list' shows them.", is_problem=True)
        if not named:
            raise PaperNotFound(
                f"No paper of the library {assistant.library.name!r} has this key or title; try 'list'."
            )
        near = assistant.related(named[0].key, _RELATED)
        return OnePaper(named[0], tuple(paper for paper, _ in near), assistant.library.name)

    # ---- editors'

    def _use(self, name: str, place: Place) -> Said:
        names = self._service.shelf.names()
        if name not in names:
            listed = ", ".join(repr(one) for one in names)
            return Said(f"Write behind 'use' which library this channel asks: {listed}.", is_problem=True)
        self._service.assistant(name)  # one that cannot be opened is not chosen
        channel = place.platform, place.team, place.channel
        self._threads.change(*channel, replace(self._threads.settings(*channel), library=name))
        return Said(f"New threads in this channel ask the library {name!r}; those that have begun go on with theirs.")

    def _silence(self, word: str, place: Place) -> Said:
        if word.casefold() not in (*_ON, *_OFF):
            return Said("Write 'silent on' or 'silent off'.", is_problem=True)
        is_silent = word.casefold() in _ON
        channel = place.platform, place.team, place.channel
        self._threads.change(*channel, replace(self._threads.settings(*channel), is_silent=is_silent))
        return Said(f"Mentions in this channel are {'not ' if is_silent else ''}answered from now on.")

    async def _add(self, words: str, place: Place) -> Said:
        given = await self._service.run(_online, words.split())
        assistant = await self._service.run(self._assistant, place)
        name = assistant.library.name
        async with self._adding.setdefault(name, asyncio.Lock()):
            return await self._service.run(self._taken_in, assistant, given)

    def _taken_in(self, assistant: Assistant, given: Sequence[Given]) -> Said:
        def check(*_: int) -> None:
            if self._service.is_stopping:
                raise Stopped("The bot is stopping; what had come in by then is kept, and you can add the rest again.")

        open_web = partial(intake.open_web, assistant.settings)
        report = assistant.take_in(intake.read(given, open_web, known_as=assistant.library.holds), check)
        self._service.meters.ingested(report)
        return Said(f"Into the library {assistant.library.name!r}: {report}.", is_problem=not report.has_papers)

    # ---- stored answers

    def _answer(self, place: Place, conversation: str, number: int) -> Answer:
        return self._restored(place, conversation, number)[0]

    def _restored(self, place: Place, conversation: str, number: int) -> tuple[Answer, Mapping[str, Paper]]:
        """A stored answer, and the papers of its library as they are now."""
        self._check_own(place, conversation)
        conversations = self._service.shelf.conversations
        papers = self._service.assistant(conversations.get(conversation).library).library.papers
        for exchange in conversations.exchanges(conversation)[number - 1 : number]:
            return exchange.to_answer(papers), papers
        raise ConversationNotFound(GONE)

    def _passage(self, place: Place, conversation: str, number: int, marker: int) -> Passage:
        answer, papers = self._restored(place, conversation, number)
        for citation in answer.citations:
            if citation.marker == marker:
                held = papers.get(citation.paper.key)
                return Passage(citation, "" if held is citation.paper else _CHANGED if held else _REMOVED)
        raise ConversationNotFound(GONE)

    def _check_own(self, place: Place, conversation: str) -> None:
        if not self._service.shelf.conversations.get(conversation).belongs_to(place.owner):
            raise ConversationNotFound(GONE)

    def _assistant(self, place: Place) -> Assistant:
        return self._service.assistant(self._threads.library(place))


_REMOVED = "This paper is not in the library any more; this is what the answer quoted of it."
_CHANGED = "This paper reads otherwise by now; this is what the answer quoted of it."


def _is_on(words: str, paper: Paper) -> bool:
    """Whether a title holds the words, or title and text speak of them as a term; a year is one of publication."""
    if re.fullmatch(r"\d{4}", words):
        return paper.year == int(words)
    return folded(words) in folded(clean(paper.title)) or mentioned(words, paper)


def _dimension(word: str) -> Dimension:
    known: tuple[Dimension, ...] = get_args(Dimension)
    wanted = word.casefold().replace("-", "_")
    for dimension in known:
        if wanted in (dimension, f"{dimension}s"):
            return dimension
    raise QuestionError(f"Papers cannot be counted by {word!r}; write one or two of {', '.join(known)}.")


def _online(sources: Sequence[str]) -> list[Given]:
    """Identifiers at services and links: what lies on this machine is not a chat's business.

    Raises:
        SourceError: there is none, or one names nothing on the web.
    """
    from assistant.sources.web import identify

    found: list[Given] = []
    for place, source in enumerate(sources, 1):
        if (there := identify(source)) is None:
            raise SourceError(
                f"Source {place} names nothing on the web; write openalex:ID, orcid:ID, arxiv:ID, s2:ID, doi:DOI or a "
                f"link."
            )
        found.append(intake.Online(there))
    if not found:
        raise SourceError("Write what to add behind 'add': openalex:ID, orcid:ID, arxiv:ID, s2:ID, doi:DOI or a link.")
    return found
