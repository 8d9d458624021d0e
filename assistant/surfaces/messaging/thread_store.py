"""What is remembered of threads and channels: which stored conversation a thread is, and what a channel has set."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.sqlite_file import Value
from assistant.surfaces.messaging.database import Database
from assistant.surfaces.messaging.events import Place


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What a channel has set. ``library`` is what its new threads ask, None for the one that is shown first; where it
    ``is_silent``, mentions are not answered."""

    library: str | None = None
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread that has begun: it goes on with its library, whatever its channel asks by now."""

    library: str
    conversation: str


class ThreadStore:
    """Every method raises ConversationsError where the file cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settings(self, platform: str, team: str, channel: str) -> ChannelSettings:
        query = "SELECT library, is_silent FROM channels WHERE (platform, team, channel) = (:platform, :team, :channel)"
        rows = self._database.rows(query, {"platform": platform, "team": team, "channel": channel})
        return ChannelSettings(rows[0][0], bool(rows[0][1])) if rows else ChannelSettings()

    def change(self, platform: str, team: str, channel: str, settings: ChannelSettings) -> None:
        values = (platform, team, channel, settings.library, settings.is_silent)
        with self._database.writing() as database:
            database.execute("INSERT OR REPLACE INTO channels VALUES (?, ?, ?, ?, ?)", values)

    def thread(self, place: Place) -> Thread | None:
        """None where nothing was asked in it yet."""
        query = f"SELECT library, conversation FROM threads WHERE {_THREAD}"
        rows = self._database.rows(query, _values(place))
        return Thread(*rows[0]) if rows else None

    def remember(self, place: Place, thread: Thread) -> None:
        """From now on, the thread is this one."""
        values = {**_values(place), "library": thread.library, "conversation": thread.conversation}
        row = ":platform, :team, :channel, :thread, :library, :conversation"
        with self._database.writing() as database:
            database.execute(f"INSERT OR REPLACE INTO threads VALUES ({row})", values)

    def library(self, place: Place) -> str | None:
        """What is asked there: the thread's own library, else the channel's; None for the one that is shown first."""
        thread = self.thread(place)
        return thread.library if thread else self.settings(place.platform, place.team, place.channel).library


_THREAD = "(platform, team, channel, thread) = (:platform, :team, :channel, :thread)"


def _values(place: Place) -> dict[str, Value]:
    return {"platform": place.platform, "team": place.team, "channel": place.channel, "thread": place.thread}
