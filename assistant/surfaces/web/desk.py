"""What all visitors of the web chat share: the libraries, their topics, and what may be changed from a browser."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.answers import Event, Filters, History
from assistant.api import Assistant
from assistant.conversations.store import Conversation, Conversations, Exchange
from assistant.errors import AssistantError, ConversationNotFound, ConversationsError, LibraryError
from assistant.overview import Finding
from assistant.papers import Paper
from assistant.shelf import Shelf
from assistant.surfaces.web import telling
from assistant.surfaces.web.jobs import Job
from assistant.surfaces.web.uploads import Uploads
from assistant.surfaces.web.visit import TURNS, Choice, Place, Shown, Visit

if TYPE_CHECKING:
    from assistant.surfaces.web.answering import Answering

_OVERVIEWS = 20
"""Sets of papers of which the figures are kept."""
_MODEL_SUGGESTS = 8
"""Visitors for whom a chat model thinks of follow-ups at once: it is waited for, and this process idles meanwhile."""

Answers = Callable[..., AsyncIterator[Event]]
"""Takes an assistant, a question, ``history``, ``filters`` and ``caller``; yields the events of the answer."""


class Desk:
    """``editing`` says whether every visitor may add papers, remove them, and decide who is who, as on a machine of
    one's own; ``answers`` is by what way questions are answered, that of the assistant itself where there is none."""

    def __init__(self, shelf: Shelf, *, editing: bool, answers: Answers | None = None) -> None:
        self.shelf = shelf
        self.editing = editing
        self.answers = answers or _straight
        self.uploads = Uploads()
        self.running: dict[str, Answering] = {}
        """Answers under way, by conversation; of several in one, the newest."""
        self.adding: dict[tuple[str, str], object] = {}
        """What each visitor adds to a library, by visitor and library (:mod:`.actions.adding`)."""
        self.suggesting = asyncio.Semaphore(_MODEL_SUGGESTS if shelf.settings.chat_model else 1)
        """Held while follow-ups of an answer are tried."""
        self._finding: set[str] = set()
        self._overviews: dict[tuple[str, Choice], tuple[Sequence[Paper], Job[list[Finding]]]] = {}

    @property
    def conversations(self) -> Conversations:
        return self.shelf.conversations

    def may_edit(self, visit: Visit) -> bool:
        """Whether this visitor may change libraries."""
        return self.editing or visit.may_edit

    def assistant(self, visit: Visit) -> Assistant:
        """
        Raises:
            LibraryError: the visit's library cannot be opened.
        """
        return self.shelf.open(visit.place.library) if visit.place.library else self.shelf.first

    def papers(self, visit: Visit) -> Sequence[Paper]:
        """The papers that the visitor chose, all where nothing is chosen."""
        return self.assistant(visit).papers(self.filters(visit))

    def filters(self, visit: Visit) -> Filters | None:
        """The chosen papers, as a question takes them; None where all may answer."""
        return self.filters_of(visit.place)

    def filters_of(self, place: Place) -> Filters | None:
        choice, library = place.choice, place.library
        return choice.to_filters(lambda topic: self._keys_of_topic(library, topic)) if choice else None

    def _keys_of_topic(self, library: str, label: str) -> Sequence[str]:
        assistant = self.shelf.open(library) if library else self.shelf.first
        assistant.chain.catalogue.find_topics()
        found = (keys for name, keys in self._topics_of(assistant) if name == label)
        return next(found, ("\0",))  # no paper has this key

    def topics(self, visit: Visit) -> list[tuple[str, Sequence[str]]]:
        """The topics of the library by label, with the keys of their papers; none as long as they are being found."""
        return self._topics_of(self.assistant(visit))

    def _topics_of(self, assistant: Assistant) -> list[tuple[str, Sequence[str]]]:
        catalogue = assistant.chain.catalogue
        if catalogue.known_topics is None:
            self._find_topics(assistant)
            return []
        groups = catalogue.group(list(catalogue.library.papers.values()), "topic")
        return [(str(group.value), [paper.key for paper in group.papers]) for group in groups]

    def _find_topics(self, assistant: Assistant) -> None:
        """Begin to find a library's topics, unless that is going on."""
        name = assistant.library.name
        if assistant.library.papers and name not in self._finding:
            self._finding.add(name)
            threading.Thread(target=self._find, args=(name, assistant), daemon=True, name=f"topics of {name}").start()

    def _find(self, name: str, assistant: Assistant) -> None:
        try:
            assistant.chain.catalogue.find_topics()
        finally:
            self._finding.discard(name)

    def overview(self, visit: Visit) -> Job[list[Finding]]:
        """The figures over the chosen papers, worked out beside the page and kept as long as the papers stay."""
        assistant, papers = self.assistant(visit), self.papers(visit)
        place = assistant.library.name, visit.place.choice
        kept = self._overviews.get(place)
        if kept is None or kept[0] != papers:
            filters = self.filters(visit)
            job = Job("trends", lambda tell: assistant.overview(filters, tell))
            while len(self._overviews) >= _OVERVIEWS:
                self._overviews.pop(next(iter(self._overviews)))
            kept = self._overviews[place] = (papers, job)
        return kept[1]

    # ---- where a visitor goes

    def open(self, visit: Visit, place: Place) -> None:
        """Be where an address says; a sentence tells what of it there is not."""
        library = place.library or self.shelf.first.library.name
        try:
            self.shelf.open(library)
        except LibraryError as error:
            visit.tell(telling.of(error, may_edit=self.may_edit(visit)), error=True)
            library, place = self.shelf.first.library.name, Place()
        was = visit.place
        stays = (place.conversation, place.shared, library) == (was.conversation, was.shared, was.library)
        if not stays:
            visit.begin()
        visit.place = replace(place, library=library)
        if visit.place.paper and visit.place.paper not in self.assistant(visit).library.papers:
            visit.tell(f"There is no paper {visit.place.paper!r} in this library; choose one below.", error=True)
            visit.go(paper="")
        only = visit.place.choice.only
        if only and only not in self.assistant(visit).library.papers:
            visit.tell(f"There is no paper {only!r} in this library; answers come from all of them.", error=True)
            visit.go(choice=replace(visit.place.choice, only=""))
        if (place.conversation or place.shared) and not (stays and (visit.shown or visit.answering)):
            self.recall(visit)

    def notice_deletion(self, visit: Visit) -> bool:
        """Whether the conversation on the page is there no more: deleted on another page or in a terminal, or shared no
        more. The page says so from then on."""
        place = visit.place
        try:
            if place.shared:
                self.conversations.shared(place.shared)
            elif place.conversation and not visit.answering:  # one under way finds a place for its answer
                self.conversations.get(place.conversation)
        except ConversationNotFound:
            visit.is_deleted = True
        except ConversationsError:  # it may be there; keeping an answer says why it cannot be read
            pass
        return visit.is_deleted

    def recall(self, visit: Visit) -> None:
        """Show the conversation that the address names, with the answer that is under way in it; a new one where it
        names none that this visitor may see."""
        place = visit.place
        answering = None if place.shared else self.running.get(place.conversation)
        try:
            found = self._named(visit, is_running=answering is not None)
            kept, is_kept = self._kept(found.id, answering)
            papers = self.assistant(visit).library.papers
        except AssistantError as error:
            unknown = isinstance(error, ConversationNotFound)
            visit.begin()
            told = telling.of(error, may_edit=self.may_edit(visit))
            visit.tell("There is no conversation at this address; a new one begins here." if unknown else told)
            return
        is_own = not place.shared  # what its owner thought of an answer is no reader's business
        visit.shown = [Shown.of(exchange, papers, is_own=is_own) for exchange in kept]
        visit.turns = visit.current = kept[-1].number if kept else 0
        visit.as_of = found.changed
        if answering and not is_kept:
            _show_coming(visit, answering)
        else:
            visit.wants_follow_ups = bool(visit.shown and visit.shown[-1].answer)

    def catch_up(self, visit: Visit, *, with_coming: bool = True) -> None:
        """Show what another page, or a terminal, has done meanwhile in the conversation that is on this page: what was
        asked comes last; where something else changed, the conversation is shown as it is.

        Args:
            with_coming: whether an answer that is under way there is shown too.
        """
        place = visit.place
        if not place.conversation or visit.answering or visit.is_deleted:
            return
        answering = self.running.get(place.conversation) if with_coming else None
        try:
            changed = self.conversations.get(place.conversation).changed
            if changed == visit.as_of and answering is None:
                return
            kept, is_kept = self._kept(place.conversation, answering)
            papers = self.assistant(visit).library.papers
        except AssistantError:  # what is done next says so
            return
        with visit.drawing:  # two wires may come here at once
            if visit.answering:
                return
            if not visit.holds(kept):
                self.recall(visit)
                return
            visit.as_of = changed
            visit.take_in([Shown.of(exchange, papers) for exchange in kept])
            if answering and not is_kept:
                _show_coming(visit, answering)

    def _kept(self, conversation: str, answering: Answering | None) -> tuple[Sequence[Exchange], bool]:
        """The last exchanges of a conversation, and whether the answer under way is among them by now."""
        with answering.keeping if answering else contextlib.nullcontext():
            kept = self.conversations.exchanges(conversation, TURNS)
            return kept, answering is not None and answering.number is not None

    def _named(self, visit: Visit, *, is_running: bool) -> Conversation:
        """
        Args:
            is_running: whether a question is being answered in it, which may be its first.

        Raises:
            ConversationNotFound: none about this library, of this visitor or shared, has that name.
        """
        place = visit.place
        if place.shared:
            found = self.conversations.shared(place.shared)
        else:
            found = self.conversations.get(place.conversation)
            if not self.may_read(visit, found):
                raise ConversationNotFound(f"No conversation of yours has the id {place.conversation!r}.")
        if found.library != place.library or not (found.questions or is_running):
            raise ConversationNotFound(f"No conversation about this library has the id {place.conversation!r}.")
        return found

    def may_read(self, visit: Visit, conversation: Conversation) -> bool:
        """Their own; on a machine of one user also those that were begun in a terminal."""
        return conversation.belongs_to(visit.owner) or (conversation.owner is None and self.editing)


def _show_coming(visit: Visit, answering: Answering) -> None:
    """Show an answer under way on a page that does not have its stream yet."""
    visit.answering, visit.stream = answering, None
    number = answering.instead.number if answering.instead else None
    at = (shown.turn for shown in visit.shown if number is not None and shown.number == number)
    visit.current = next(at, visit.turns + 1)
    visit.turns = max(visit.turns, visit.current)


def _straight(
    assistant: Assistant, question: str, *, history: History, filters: Filters | None, caller: str
) -> AsyncIterator[Event]:
    return assistant.astream(question, history=history, filters=filters)
