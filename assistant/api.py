"""Assistant: the public face. Builds everything out of everything else, and nowhere else does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import aclosing
from datetime import timedelta
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from assistant import settings as settings_module
from assistant.analysis.facets import Facet
from assistant.analysis.model_facets import Describer
from assistant.answering.by_rules import examples
from assistant.answering.wording import conditions
from assistant.answers import Answer, Dimension, Event, Filters, Finished, History
from assistant.chain import AnswerChain
from assistant.errors import QuestionError
from assistant.ingesting import IngestReport, Progress
from assistant.iterating import in_thread
from assistant.library import Library, open_library, store_errors
from assistant.llm.model import Calls, open_chat_model
from assistant.namesakes import Namesakes
from assistant.papers import Paper
from assistant.previewing import Preview, Read
from assistant.settings import Settings
from assistant.sources import Item, Notice, Profile, intake
from assistant.tables import PaperList, Table, tabulate
from assistant.taking_back import UndoReport
from vectorstore.embeddings import EmbeddingModel

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable

    from assistant.conversations.store import Conversations
    from assistant.overview import Finding


_SYNC_AGE = timedelta(minutes=15)
"""A sync asks for every page that is older: a sync that was stopped goes on where it stopped."""


class Assistant:
    """Asks one author's papers.

    Args:
        library: which library to open; it is created where there is none. Default: the setting ``library``.
        data_dir: where libraries are kept. Default: the setting ``data_dir``.
        settings: all settings at once, in place of the two.
        model: an embedding model of your own, in place of the one that the settings name.

    Raises:
        ConfigError: a setting is wrong.
        LibraryInUse, LibraryDamaged, LibraryNotWritable, EmbeddingMismatch, ModelError: the library cannot be opened.
    """

    def __init__(
        self,
        library: str | None = None,
        data_dir: str | Path | None = None,
        *,
        settings: Settings | None = None,
        model: EmbeddingModel | None = None,
    ) -> None:
        self.settings = settings or settings_module.load(library=library, data_dir=data_dir)
        self.library: Library = open_library(self.settings, model)
        self._model = open_chat_model(self.settings)
        self.chain = AnswerChain(self.library, self._model, self.settings.grounding)

    def close(self) -> None:
        """Let another process open the library, and end what was started for it."""
        self.library.close()
        if self._model is not None:
            self._model.close()
        if "conversations" in self.__dict__:
            self.conversations.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ingest(self, *sources: str | Path, full_text: bool = False, progress: Progress | None = None) -> IngestReport:
        """Take in papers; what is there already, unchanged, is not touched.

        ``sources`` are files, folders, links, and authors or works at a service: ``openalex:A...``, ``orcid:...``,
        ``arxiv:au:...``, ``s2:...``, ``doi:...``. ``full_text`` fetches the PDFs that their licences allow to keep.
        What cannot be read is in the report; the rest goes in.

        Raises:
            SourceError: a source is not there or names nothing.
        """
        open_web = partial(intake.open_web, self.settings)
        items = intake.read(intake.understand(sources), open_web, known_as=self.library.holds, full_text=full_text)
        return self.take_in(items, progress)

    def preview(
        self,
        *sources: str | Path,
        uploads: Sequence[Path] = (),
        text: str | None = None,
        full_text: bool = False,
        progress: Read | None = None,
    ) -> Preview:
        """What :meth:`ingest` would do: the report as it would be, and each paper as it would be and as it is.

        Everything is read, and services are asked, but nothing is stored and nothing embedded; :meth:`accept` takes it
        in without reading again. ``uploads`` are copies of files, which go again: they are known by their names, and a
        sync leaves them alone. ``text`` is what a user pasted: a publication page, BibTeX, RIS, references, or
        identifiers and links one a line. ``progress`` is told how many entries have been read.

        Raises:
            SourceError: a source is not there or names nothing, or the text is empty or too large.
        """
        given = intake.understand(sources) + [intake.Copy(path, path.name) for path in uploads]
        if text is not None:
            given += intake.understand_text(text)
        open_web = partial(intake.open_web, self.settings)
        items = intake.read(given, open_web, known_as=self.library.holds, full_text=full_text)
        return self.library.preview(items, progress)

    def accept(self, preview: Preview, without: Collection[str] = (), progress: Progress | None = None) -> IngestReport:
        """Take in what a preview shows, but for the papers of these keys.

        A new paper that is left out counts as removed: a sync does not bring it, and :meth:`ingest` does. How entries
        are joined is decided anew, as the library is now.

        Raises:
            PaperNotFound: the preview has no paper of one of the keys; nothing is taken in then.
        """
        unwanted = [preview.paper(key) for key in without]
        left_out = [seen.paper for seen in unwanted if seen.now is None]
        return self.take_in(preview.remaining(without, self.library.holds), progress, left_out=left_out)

    def undo(self, progress: Progress | None = None) -> UndoReport:
        """Take back the last ingest, or sync, that changed anything, also after a restart or a crash.

        Papers that it added go, and the same sources bring them again; papers that it changed become what they were.
        Those that were changed or removed since are left alone and named. One step back can be taken, not two.

        Raises:
            LibraryError: there is nothing to take back.
        """
        return self.library.undo(progress)

    def sync(self, *, full_text: bool = False, progress: Progress | None = None) -> IngestReport:
        """Read again what has changed of the sources that the library knows; papers that were removed stay away.

        No paper is taken out: one that is no longer in its source stays.
        """
        known = [(source.kind, source.address) for source in self.library.sources]
        there, missing = intake.known_again(known)
        open_web = partial(intake.open_web, self.settings, max_age=_SYNC_AGE)
        known_as = partial(self.library.holds, bring_back=False)
        items = intake.read(there, open_web, known_as=known_as, full_text=full_text)
        return self.take_in(chain((Notice(text) for text in missing), items), progress, bring_back=False)

    def take_in(
        self,
        items: Iterable[Item],
        progress: Progress | None = None,
        *,
        bring_back: bool = True,
        left_out: Sequence[Paper] = (),
    ) -> IngestReport:
        """:meth:`ingest` for what a source has yielded; ``left_out`` are papers that a sync shall not bring."""
        describer = Describer(self._model)
        report = self.library.ingest(items, progress, describer, bring_back=bring_back, left_out=left_out)
        report.warnings += describer.warnings
        papers = self.library.papers
        new = [papers[key] for key in report.added if key in papers]
        if any(record.kind in intake.SERVICES for paper in new for record in self.library.records(paper.key)):
            report.warnings += filter(None, [self.people.note(new)])  # a service may have put namesakes together
        return report

    def export(self, form: str, keys: Sequence[str] = ()) -> Iterator[str]:
        """The papers, or those of the keys, as a bibliography: ``bibtex``, ``ris``, ``csl-json`` or ``jsonl``.

        Raises:
            PaperNotFound: one of the keys is not there.
        """
        from assistant import bibliography

        papers = [self.library.paper(key) for key in keys] or list(self.library.papers.values())
        return bibliography.write(papers, form)

    def remove(self, *keys: str) -> None:
        """
        Raises:
            PaperNotFound: one of the keys is not there; nothing is removed then.
        """
        self.library.remove(keys)

    def papers(self, filters: Filters | None = None) -> PaperList:
        """The papers that the filters admit, all without them, in the order in which they came: a list with
        ``to_dataframe()`` and ``to_csv()``."""
        if not filters:
            return PaperList(self.library.papers.values())
        chosen = {paper.key for paper in self.chain.catalogue.select(filters).papers}
        return PaperList(paper for paper in self.library.papers.values() if paper.key in chosen)

    def trends(
        self,
        by: Dimension | Sequence[Dimension] = ("topic", "year"),
        filters: Filters | None = None,
        progress: Progress | None = None,
    ) -> Table:
        """How many papers there are by a dimension, or by two, the second as columns: rows, figure, ``save(path)``.

        ``progress`` is told how far the topics are, where they have to be found first.

        Raises:
            QuestionError: there is no such dimension, or more than two are given.
        """
        dimensions: tuple[Dimension, ...] = (by,) if isinstance(by, str) else tuple(by)
        known = get_args(Dimension)
        wrong = next((name for name in dimensions if name not in known), None)
        if wrong is not None or not 1 <= len(dimensions) <= 2:
            what = f"by {wrong!r}" if wrong is not None else f"by {len(dimensions)} things at once"
            raise QuestionError(f"Papers cannot be grouped {what}; give one or two of {', '.join(known)}.")
        if "topic" in dimensions:
            self.chain.catalogue.find_topics(progress)
        chosen = self.chain.catalogue.select(filters or Filters())
        return tabulate(self.chain.catalogue, chosen.papers, dimensions, what=conditions(filters or Filters()))

    @property
    def people(self) -> Namesakes:
        """Co-authors, and the persons who may share one name: ``persons()``, ``coauthors()``, ``accept()``,
        ``merge(numbers)``, ``split(keys)``, ``undo()``."""
        return self.chain.namesakes

    def overview(self, filters: Filters | None = None, progress: Progress | None = None) -> list[Finding]:
        """What the papers show as a whole: questions, each with its answer in a sentence, its figure and its rows.

        ``progress`` is told how far the topics are, where they have to be found first.
        """
        from assistant.overview import overview

        return overview(self.chain.catalogue, self.papers(filters), self.people, progress)

    def related(self, key: str, limit: int = 5) -> list[tuple[Paper, float]]:
        """The papers nearest to one, best first, each with its score in [-1, 1]; none that is no nearer than most.

        Raises:
            PaperNotFound: there is none of that key.
        """
        from assistant.related import related

        with store_errors(self.library.name):
            return related(self.chain.catalogue, key, limit)

    def facets(self, key: str) -> list[Facet]:
        """What a paper introduces, uses, works on, counts and links to, each with its quote.

        Raises:
            PaperNotFound: there is none of that key.
        """
        self.library.paper(key)
        return self.chain.catalogue.facets(key)

    def paper(self, key: str) -> Paper:
        """
        Raises:
            PaperNotFound: there is none of that key.
        """
        return self.library.paper(key)

    @property
    def author(self) -> Profile | None:
        """What the source says of the author."""
        return self.library.author

    def examples(self) -> list[str]:
        """Questions that this library answers."""
        return examples(self.library, self.chain.names)

    @cached_property
    def conversations(self) -> Conversations:
        """What was asked and answered before; the surfaces keep it on disk, in the data folder."""
        from assistant.conversations.store import open_conversations

        return open_conversations(self.settings.data_dir)

    def ask(self, question: str, *, history: History = (), filters: Filters | None = None) -> Answer:
        """
        Raises:
            QuestionError: the question is empty or too long.
            EmptyLibrary: the library holds no paper.
        """
        return self.chain.answer(question, history, filters)

    async def aask(self, question: str, *, history: History = (), filters: Filters | None = None) -> Answer:
        """:meth:`ask`, without holding up the event loop. Cancelled, it ends the request of a chat model as well."""
        calls = Calls()
        events = self.chain.events(question, history, filters, calls=calls)
        last = (event for event in events if isinstance(event, Finished))  # one turn in a thread, not one an event
        async with aclosing(in_thread(last, calls.cancel)) as found:
            async for event in found:
                return event.answer
        raise AssertionError("the last event is the answer")

    def stream(
        self, question: str, *, history: History = (), filters: Filters | None = None
    ) -> Generator[Event, None, None]:
        """The plan, the evidence, the text piece by piece, and the whole answer. Closing it ends the request of a
        chat model."""
        return self.chain.events(question, history, filters)

    async def astream(
        self, question: str, *, history: History = (), filters: Filters | None = None
    ) -> AsyncGenerator[Event]:
        """:meth:`stream`, without holding up the event loop."""
        calls = Calls()
        async for event in in_thread(self.chain.events(question, history, filters, calls=calls), calls.cancel):
            yield event

    def follow_ups(self, answer: Answer, *, history: History = ()) -> list[str]:
        """At most three questions that a reader of the answer may ask next; this library answers each."""
        from assistant.follow_ups import follow_ups

        chain = self.chain
        return follow_ups(answer, chain.catalogue, chain.names, chain.answer_by_rules, self._model, history=history)

    def as_retriever(self, *, limit: int = 8, per_paper: int = 2, filters: Filters | None = None) -> BaseRetriever:
        """The search as LangChain's retriever: documents with ``paper``, ``section``, ``start`` and ``end``."""
        from assistant.runnables import PaperRetriever

        return PaperRetriever(
            retriever=self.chain.retriever, limit=limit, per_paper=per_paper, filters=filters or Filters()
        )

    def as_runnable(
        self,
        *,
        plan: Runnable[Any, Any] | Callable[..., Any] | None = None,
        gather: Runnable[Any, Any] | Callable[..., Any] | None = None,
        answer: Runnable[Any, Any] | Callable[..., Any] | None = None,
        ground: Runnable[Any, Any] | Callable[..., Any] | None = None,
    ) -> Runnable[Any, Answer]:
        """The whole chain as LangChain's Runnable: a question, or ``{"question", "history", "filters"}``, in.

        ``invoke`` and ``batch`` give answers; ``stream`` gives the events, the answer last. Callbacks and tracers see
        the four steps and the chat model.

        Args:
            plan: ``{"question", "history", "filters"}`` to a Plan.
            gather: a Plan's question to documents of :meth:`as_retriever`, or the Plan to Evidence.
            answer: ``{"question", "system", "prompt"}`` to text; it is checked like any other.
            ground: a Claim to a Verdict.
        """
        from assistant.runnables import AnswerRunnable

        return AnswerRunnable.of(self.chain, plan=plan, gather=gather, answer=answer, ground=ground)
