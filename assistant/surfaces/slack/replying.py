"""Which reply a question gets, and what is known of it in this process alone."""

from __future__ import annotations

from collections import OrderedDict

from assistant.surfaces.messaging.events import Question
from assistant.surfaces.messaging.replies import Handle, Reply
from assistant.surfaces.slack.delivery import InThread, Workspace
from assistant.surfaces.slack.ephemeral import ByCommand

_REMEMBERED = 2_000
"""Keys; more than questions wait at any time."""


class Recent:
    """The newest of some keys, each with a value."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, str] = OrderedDict()

    def add(self, key: str, value: str = "") -> bool:
        """Whether it is new."""
        is_new = key not in self._values
        self._values[key] = value
        while len(self._values) > _REMEMBERED:
            self._values.popitem(last=False)
        return is_new

    def get(self, key: str) -> str | None:
        return self._values.get(key)

    def pop(self, key: str) -> str | None:
        return self._values.pop(key, None)


class Replying:
    """Makes the replies of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._taken = Recent()
        self._urls = Recent()

    def was_taken(self, question: Question) -> None:
        """By this process, just now: nothing can be shown of it yet. To be told before its reply is made."""
        self._taken.add(question.message)

    def goes_to(self, question: Question, url: str) -> None:
        """A command is answered by this URL. It lets anybody write to the channel, and so is kept nowhere else."""
        self._urls.add(question.message, url)

    def __call__(self, question: Question, handle: Handle) -> Reply:
        if question.kind == "command":
            return ByCommand(self._workspace, question, handle, self._urls.get(question.message))
        is_new = self._taken.pop(question.message) is not None
        return InThread(self._workspace, question, handle, may_be_shown=not is_new)
