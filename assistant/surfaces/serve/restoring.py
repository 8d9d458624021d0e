"""``POST /api/v1/libraries/{library}/restore``: a backup put in the place of a library that this server has open.

For this machine's user alone, who names a file of this machine: what ``papertalk restore --replace`` typed in another
terminal comes to. It is no part of the API that others see.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.responses import StreamingResponse

from assistant.backups import RestoreReport, restore
from assistant.errors import AssistantError, Stopped
from assistant.surfaces.serve.api.jobs import Jobs
from assistant.surfaces.serve.callers import Caller, needs
from assistant.surfaces.serve.problems import body_of
from assistant.surfaces.serve.service import Service

_OFTEN = 0.5
"""Seconds between two lines, so that neither side takes the other for gone."""

Owner = Annotated[Caller, needs("owner")]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")

    file: Path


def router(service: Service, jobs: Jobs) -> APIRouter:
    """The answer is a line of JSON twice a second: ``done`` and ``total`` papers, and at the end the ``report`` or the
    ``problem``. The library serves until the restored one is whole."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/api/v1/libraries/{library}/restore")
    async def restore_library(library: str, given: Given, request: Request, _: Owner) -> Response:
        return StreamingResponse(_lines(_Restoring(service, jobs, library, given.file), request))

    return routes


class _Restoring:
    """A restore in a thread, and how far it is."""

    def __init__(self, service: Service, jobs: Jobs, library: str, file: Path) -> None:
        self._service = service
        self._jobs = jobs
        self._library = library
        self._file = file
        self._is_given_up = threading.Event()
        self.done = self.total = 0

    def run(self) -> RestoreReport:
        """
        Raises:
            Busy: papers are being taken in.
            AssistantError: as :func:`~assistant.backups.restore`.
        """
        shelf = self._service.shelf
        model = shelf.open(self._library).library.store.model
        with self._jobs.idle(self._library):
            pass  # what runs now would be in the way at the end
        settings = shelf.settings.model_copy(update={"library": self._library})
        return restore(
            self._file, settings, replace=True, model=model, progress=self._tell, aside=self._changing_over()
        )

    def give_up(self) -> None:
        """Nothing comes into use that has not by now."""
        self._is_given_up.set()

    def _tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self._is_given_up.is_set():
            raise Stopped("The restore was stopped; the library is as it was.")

    @contextlib.contextmanager
    def _changing_over(self) -> Iterator[None]:
        with self._jobs.idle(self._library), self._service.shelf.aside(self._library):
            yield


async def _lines(restoring: _Restoring, request: Request) -> AsyncGenerator[bytes]:
    work = asyncio.create_task(asyncio.to_thread(restoring.run))
    work.add_done_callback(lambda task: task.cancelled() or task.exception())  # whoever asked may have left
    try:
        while not (await asyncio.wait({work}, timeout=_OFTEN))[0]:
            yield _line({"done": restoring.done, "total": restoring.total})
        try:
            yield _line({"report": work.result().to_dict()})
        except AssistantError as error:
            yield _line({"problem": body_of(error, request)})
    finally:
        restoring.give_up()


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"
