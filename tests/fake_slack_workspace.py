"""A Slack workspace in memory, and what the Web API's methods do to it: channels, messages, streams, views, files."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fake_slack_blocks import MESSAGE_CHARACTERS, elements_of, length_of, problems_of, problems_of_view, texts_of

TEAM = "T0LOOMS"
APP = "A0PAPERS"
BOT = "B0PAPERS"
BOT_USER = "U0PAPERS"
BOT_TOKEN = "xoxb-papers"
APP_TOKEN = "xapp-papers"
SIGNING_SECRET = "a secret that signs"
MENTION = f"<@{BOT_USER}>"

GENERAL, LABORATORY, SECRET, ELSEWHERE = "C0GENERAL", "C0LAB", "G0SECRET", "C0ELSEWHERE"
GROUP = "C0GROUP"
"""A direct message of several people, whose id tells it from no channel."""
ADA, GRACE, EMMY = "U0ADA", "U0GRACE", "U0EMMY"
HASTE = 0.9
"""Seconds: two edits of one message that are nearer to each other are too many."""

Kind = Literal["channel", "group", "im", "mpim"]
Emit = Callable[[str, Mapping[str, Any]], object]
Values = Mapping[str, Any]

_SCOPED: dict[Kind, str] = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
"""What scopes and events call each kind."""
_STRUCTURES = ("attachments", "blocks", "chunks", "files", "metadata", "prompts", "view")
_TRIGGER_SECONDS = 3.0


class Refused(Exception):
    """A method answers ``ok: false``; ``error`` is why."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


@dataclass
class Channel:
    id: str
    kind: Kind
    members: set[str]
    is_archived: bool = False


@dataclass
class Post:
    """A message. ``ephemeral_to`` is who alone sees it; ``streamed`` is the text of a stream, above its blocks."""

    channel: str
    ts: str
    user: str
    text: str
    thread: str | None = None
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    ephemeral_to: str | None = None
    streamed: str = ""
    is_streaming: bool = False
    was_streamed: bool = False
    was_shared: bool = False
    is_deleted: bool = False
    client_msg_id: str | None = None
    versions: list[str] = field(default_factory=list)
    edited_at: float | None = None

    @property
    def is_bots(self) -> bool:
        return self.user == BOT_USER

    @property
    def shown(self) -> str:
        """What its readers see: a stream's text and the blocks; ``text`` only where there are neither."""
        in_blocks = "\n".join(text for _, text in texts_of(self.blocks))
        return "\n".join(part for part in (self.streamed, in_blocks) if part) or self.text

    @property
    def buttons(self) -> dict[str, Mapping[str, Any]]:
        """What one can press, by action."""
        return {str(element["action_id"]): element for element in elements_of(self.blocks)}

    def to_dict(self, *, with_metadata: bool = False) -> dict[str, Any]:
        made: dict[str, Any] = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": TEAM}
        if self.thread is not None:
            made["thread_ts"] = self.thread
        if self.client_msg_id is not None:
            made["client_msg_id"] = self.client_msg_id
        if self.blocks:
            made["blocks"] = self.blocks
        if self.files:
            made["files"] = self.files
        if self.is_bots:
            made |= {"bot_id": BOT, "app_id": APP, "bot_profile": {"id": BOT, "app_id": APP, "name": "papers"}}
        if with_metadata and self.metadata is not None:
            made["metadata"] = self.metadata
        return made


@dataclass(frozen=True)
class Method:
    """``scopes``: one of them is needed; none: any token of the bot's does."""

    run: Callable[[Values], dict[str, Any]]
    needs: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


class Workspace:
    """``emit`` is told what happens, as the name of an event and its fields; who subscribed, the server knows."""

    def __init__(self, emit: Emit, scopes: frozenset[str], address: str) -> None:
        self._emit = emit
        self.scopes = scopes
        self.address = address
        self.has_streams = True
        self.channels = {
            GENERAL: Channel(GENERAL, "channel", {BOT_USER, ADA, GRACE, EMMY}),
            LABORATORY: Channel(LABORATORY, "channel", {BOT_USER, ADA, GRACE}),
            SECRET: Channel(SECRET, "group", {BOT_USER, ADA}),
            ELSEWHERE: Channel(ELSEWHERE, "channel", {ADA}),
            GROUP: Channel(GROUP, "mpim", {BOT_USER, ADA, GRACE}),
        }
        for user in (ADA, GRACE, EMMY):
            self.channels[direct(user)] = Channel(direct(user), "im", {BOT_USER, user})
        self.posts: dict[tuple[str, str], Post] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.home: dict[str, dict[str, Any]] = {}
        self.statuses: list[tuple[str, str, str]] = []
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.hasty: list[str] = []
        self._triggers: dict[str, float] = {}
        self._numbers = itertools.count(1)
        self.methods = self._methods()

    # ---- people

    def add(self, channel: str, user: str, text: str, **given: Any) -> Post:
        """A new message, whoever writes it."""
        post = Post(channel, self.new_ts(), user, text, **given)
        self.posts[channel, post.ts] = post
        return post

    def new_ts(self) -> str:
        return f"{int(time.time())}.{next(self._numbers):06d}"

    def new_id(self, letter: str) -> str:
        return f"{letter}{next(self._numbers):08d}"

    def new_trigger(self) -> str:
        trigger = self.new_id("trigger.")
        self._triggers[trigger] = time.monotonic()
        return trigger

    def in_thread(self, channel: str, thread: str) -> list[Post]:
        """The messages of a thread that are there for all, the first included, in their order."""
        found = [post for (place, _), post in self.posts.items() if place == channel and not post.is_deleted]
        found = [post for post in found if post.ephemeral_to is None and thread in (post.ts, post.thread)]
        return sorted(found, key=lambda post: post.ts)

    # ---- the methods

    def _methods(self) -> dict[str, Method]:
        write, files = ("chat:write",), ("files:write",)
        threads = ("assistant:write", "chat:write")
        return {
            "auth.test": Method(self._auth_test),
            "bots.info": Method(self._bots_info, (), ("users:read",)),
            "chat.postMessage": Method(self._post_message, ("channel",), write),
            "chat.postEphemeral": Method(self._post_ephemeral, ("channel", "user"), write),
            "chat.update": Method(self._update, ("channel", "ts"), write),
            "chat.delete": Method(self._delete, ("channel", "ts"), write),
            "chat.startStream": Method(self._start_stream, ("channel", "thread_ts"), write),
            "chat.appendStream": Method(self._append_stream, ("channel", "ts"), write),
            "chat.stopStream": Method(self._stop_stream, ("channel", "ts"), write),
            "chat.getPermalink": Method(self._permalink, ("channel", "message_ts")),
            "conversations.replies": Method(self._replies, ("channel", "ts")),
            "conversations.history": Method(self._history, ("channel",)),
            "conversations.info": Method(self._info, ("channel",)),
            "conversations.open": Method(self._open, ("users",), ("im:write",)),
            "users.info": Method(self._user_info, ("user",), ("users:read",)),
            "views.open": Method(self._open_view, ("trigger_id", "view")),
            "views.push": Method(self._open_view, ("trigger_id", "view")),
            "views.update": Method(self._update_view, ("view",)),
            "views.publish": Method(self._publish_view, ("user_id", "view")),
            "assistant.threads.setStatus": Method(self._set_status, ("channel_id", "thread_ts", "status"), threads),
            "assistant.threads.setTitle": Method(
                self._set_title, ("channel_id", "thread_ts", "title"), ("assistant:write",)
            ),
            "assistant.threads.setSuggestedPrompts": Method(
                self._set_prompts, ("channel_id", "prompts"), ("assistant:write",)
            ),
            "files.getUploadURLExternal": Method(self._upload_url, ("filename", "length"), files),
            "files.completeUploadExternal": Method(self._complete_upload, ("files",), files),
            "files.delete": Method(self._delete_file, ("file",), files),
            "reactions.add": Method(self._react, ("channel", "name", "timestamp"), ("reactions:write",)),
        }

    def call(self, name: str, values: Values) -> dict[str, Any]:
        """
        Raises:
            Refused: as Slack would.
        """
        method = self.methods.get(name)
        if method is None or (name == "chat.startStream" and not self.has_streams):
            raise Refused("unknown_method", req_method=name)
        self._require(method.scopes)
        for needed in method.needs:
            if values.get(needed) in (None, ""):
                empty_is_fine = needed == "status" and needed in values  # it clears the status
                if not empty_is_fine:
                    missing = f"[ERROR] missing required field: {needed}"
                    raise Refused("invalid_arguments", response_metadata={"messages": [missing]})
        return method.run(values)

    def _require(self, scopes: Sequence[str]) -> None:
        if scopes and not self.scopes.intersection(scopes):
            raise Refused("missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.scopes)))

    def _auth_test(self, _: Values) -> dict[str, Any]:
        who = {"team": "Looms", "user": "papers", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT}
        return {"url": f"{self.address}/", **who, "is_enterprise_install": False}

    def _bots_info(self, _: Values) -> dict[str, Any]:
        return {"bot": {"id": BOT, "app_id": APP, "user_id": BOT_USER, "name": "papers"}}

    def _writable(self, channel_id: str) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None:
            raise Refused("channel_not_found")
        if channel.is_archived:
            raise Refused("is_archived")
        if BOT_USER not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def _own(self, values: Values) -> Post:
        post = self.posts.get((str(values["channel"]), str(values["ts"])))
        if post is None or post.is_deleted or post.ephemeral_to is not None:
            raise Refused("message_not_found")
        if not post.is_bots:
            raise Refused("cant_update_message")
        return post

    def _content(self, values: Values) -> tuple[str, list[dict[str, Any]]]:
        """Text and blocks, checked as those of every message are."""
        text, blocks = str(values.get("text") or values.get("markdown_text") or ""), values.get("blocks") or []
        self.check_blocks(blocks)
        if not text and not blocks and not values.get("attachments"):
            raise Refused("no_text")
        if len(text) > 40_000 or len(str(values.get("markdown_text") or "")) > 12_000:
            raise Refused("msg_too_long")
        return text, list(blocks)

    def check_blocks(self, blocks: object) -> None:
        problems = problems_of(blocks)
        if problems:
            raise Refused("invalid_blocks", errors=problems, response_metadata={"messages": problems})
        if isinstance(blocks, list) and length_of(blocks) > MESSAGE_CHARACTERS:
            raise Refused("msg_blocks_too_long")

    def _thread(self, channel: str, values: Values) -> str | None:
        thread = values.get("thread_ts")
        if thread is None:
            return None
        root = self.posts.get((channel, str(thread)))
        if root is None or root.is_deleted:
            raise Refused("thread_not_found")
        return root.thread or root.ts

    def _post_message(self, values: Values) -> dict[str, Any]:
        channel = self._writable(str(values["channel"]))
        text, blocks = self._content(values)
        thread = self._thread(channel.id, values)
        post = self.add(channel.id, BOT_USER, text, thread=thread, blocks=blocks, metadata=_metadata(values))
        self._said(post)
        return {"channel": channel.id, "ts": post.ts, "message": post.to_dict(with_metadata=True)}

    def _said(self, post: Post) -> None:
        """The bot's own messages are events too, and one ends the status of its thread."""
        if post.thread is not None:
            self.statuses.append((post.channel, post.thread, ""))
        kind = self.channels[post.channel].kind
        self._emit(message_event(kind), post.to_dict() | {"channel": post.channel, "channel_type": kind})

    def changed(self, post: Post, before: dict[str, Any]) -> None:
        """Tell of an edit, whoever made it."""
        kind = self.channels[post.channel].kind
        event = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": post.channel}
        event |= {"channel_type": kind, "message": post.to_dict(), "previous_message": before, "ts": self.new_ts()}
        self._emit(message_event(kind), event)

    def deleted(self, post: Post) -> None:
        kind = self.channels[post.channel].kind
        event = {"type": "message", "subtype": "message_deleted", "hidden": True, "channel": post.channel}
        event |= {"channel_type": kind, "deleted_ts": post.ts, "previous_message": post.to_dict(), "ts": self.new_ts()}
        self._emit(message_event(kind), event)

    def _post_ephemeral(self, values: Values) -> dict[str, Any]:
        channel, user = self._writable(str(values["channel"])), str(values["user"])
        if user not in channel.members:
            raise Refused("user_not_in_channel")
        text, blocks = self._content(values)
        thread = self._thread(channel.id, values)
        post = self.add(channel.id, BOT_USER, text, thread=thread, blocks=blocks, ephemeral_to=user)
        return {"message_ts": post.ts}

    def _update(self, values: Values) -> dict[str, Any]:
        post = self._own(values)
        if post.is_streaming:
            raise Refused("streaming_state_conflict")
        text, blocks = self._content(values)
        now, before = time.monotonic(), post.to_dict()
        if post.edited_at is not None and now - post.edited_at < HASTE:
            self.hasty.append(post.ts)
        post.versions.append(post.shown)
        post.text, post.blocks, post.streamed, post.edited_at = text, blocks, "", now
        post.metadata = _metadata(values) or post.metadata
        self.changed(post, before)
        return {"channel": post.channel, "ts": post.ts, "text": text, "message": post.to_dict()}

    def _delete(self, values: Values) -> dict[str, Any]:
        post = self.posts.get((str(values["channel"]), str(values["ts"])))
        if post is None or post.is_deleted:
            raise Refused("message_not_found")
        if not post.is_bots:
            raise Refused("cant_delete_message")
        post.is_deleted = True
        self.deleted(post)
        return {"channel": post.channel, "ts": post.ts}

    def _start_stream(self, values: Values) -> dict[str, Any]:
        channel = self._writable(str(values["channel"]))
        thread = self._thread(channel.id, values)
        if channel.kind != "im":
            for name in ("recipient_team_id", "recipient_user_id"):
                if not values.get(name):
                    raise Refused(f"missing_{name}")
        piece = _piece(values)
        post = self.add(channel.id, BOT_USER, piece, thread=thread, streamed=piece, is_streaming=True)
        post.was_streamed = True
        self._said(post)
        return {"channel": channel.id, "ts": post.ts}

    def _streaming(self, values: Values) -> Post:
        post = self._own(values)
        if not post.is_streaming:
            raise Refused("message_not_in_streaming_state")
        return post

    def _append_stream(self, values: Values) -> dict[str, Any]:
        post = self._streaming(values)
        piece = _piece(values)
        if not piece and not values.get("chunks"):
            raise Refused("no_text")
        post.versions.append(post.shown)
        post.streamed += piece
        post.text = post.streamed
        return {"channel": post.channel, "ts": post.ts}

    def _stop_stream(self, values: Values) -> dict[str, Any]:
        post = self._streaming(values)
        blocks = values.get("blocks") or []
        self.check_blocks(blocks)
        before = post.to_dict()
        post.streamed += _piece(values)
        post.text, post.blocks, post.is_streaming = post.streamed, list(blocks), False
        post.metadata = _metadata(values) or post.metadata
        if not post.shown:
            raise Refused("no_text")
        self.changed(post, before)
        return {"channel": post.channel, "ts": post.ts, "message": post.to_dict()}

    def _permalink(self, values: Values) -> dict[str, Any]:
        channel, ts = str(values["channel"]), str(values["message_ts"])
        if (channel, ts) not in self.posts:
            raise Refused("message_not_found")
        return {"channel": channel, "permalink": f"{self.address}/archives/{channel}/p{ts.replace('.', '')}"}

    def _readable(self, values: Values) -> Channel:
        channel = self.channels.get(str(values["channel"]))
        if channel is None:
            raise Refused("channel_not_found")
        self._require((f"{_SCOPED[channel.kind]}:history",))
        if BOT_USER not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def _replies(self, values: Values) -> dict[str, Any]:
        channel = self._readable(values)
        found = self.in_thread(channel.id, str(values["ts"]))
        if not found:
            raise Refused("thread_not_found")
        oldest = str(values.get("oldest") or "")
        return _page([post for post in found if post.ts > oldest or post.thread is None], values)

    def _history(self, values: Values) -> dict[str, Any]:
        channel = self._readable(values)
        oldest = str(values.get("oldest") or "")
        there = [post for (place, _), post in self.posts.items() if place == channel.id and not post.is_deleted]
        there = [post for post in there if post.ephemeral_to is None and post.thread is None and post.ts > oldest]
        return _page(sorted(there, key=lambda post: post.ts, reverse=True), values)

    def _info(self, values: Values) -> dict[str, Any]:
        channel = self.channels.get(str(values["channel"]))
        if channel is None:
            raise Refused("channel_not_found")
        self._require((f"{_SCOPED[channel.kind]}:read",))
        return {"channel": {"id": channel.id, "is_im": channel.kind == "im", "is_archived": channel.is_archived}}

    def _open(self, values: Values) -> dict[str, Any]:
        return {"channel": {"id": direct(str(values["users"]))}}

    def _user_info(self, values: Values) -> dict[str, Any]:
        return {"user": {"id": values["user"], "team_id": TEAM, "name": str(values["user"]).lower(), "is_bot": False}}

    # ---- views

    def _checked_view(self, values: Values) -> dict[str, Any]:
        problems = problems_of_view(values["view"])
        if problems:
            raise Refused("invalid_arguments", response_metadata={"messages": problems})
        view: dict[str, Any] = values["view"]
        return view

    def _open_view(self, values: Values) -> dict[str, Any]:
        begun = self._triggers.pop(str(values["trigger_id"]), None)
        if begun is None:
            raise Refused("invalid_trigger_id")
        if time.monotonic() - begun > _TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        view = self._checked_view(values) | {"id": self.new_id("V"), "hash": self.new_id("h"), "team_id": TEAM}
        self.views[view["id"]] = view
        return {"view": view}

    def _update_view(self, values: Values) -> dict[str, Any]:
        key = str(values.get("view_id", ""))
        if key not in self.views:
            raise Refused("not_found")
        self.views[key] = self._checked_view(values) | {"id": key, "hash": self.new_id("h"), "team_id": TEAM}
        return {"view": self.views[key]}

    def _publish_view(self, values: Values) -> dict[str, Any]:
        self.home[str(values["user_id"])] = self._checked_view(values)
        return {"view": self._checked_view(values) | {"id": self.new_id("V")}}

    # ---- the assistant's threads

    def _set_status(self, values: Values) -> dict[str, Any]:
        self._writable(str(values["channel_id"]))
        self.statuses.append((str(values["channel_id"]), str(values["thread_ts"]), str(values["status"])))
        return {}

    def _set_title(self, values: Values) -> dict[str, Any]:
        self.titles[str(values["channel_id"]), str(values["thread_ts"])] = str(values["title"])
        return {}

    def _set_prompts(self, values: Values) -> dict[str, Any]:
        prompts = values["prompts"]
        if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
            raise Refused("invalid_arguments", response_metadata={"messages": ["[ERROR] 1 to 4 prompts"]})
        if not all(set(prompt) == {"title", "message"} and all(prompt.values()) for prompt in prompts):
            raise Refused("invalid_arguments", response_metadata={"messages": ["[ERROR] a prompt has title, message"]})
        self.prompts[str(values["channel_id"]), str(values.get("thread_ts", ""))] = prompts
        return {}

    # ---- files

    def _upload_url(self, values: Values) -> dict[str, Any]:
        if int(values["length"]) < 1:
            raise Refused("invalid_arguments")
        key = self.new_id("F")
        self.files[key] = {"id": key, "name": str(values["filename"]), "length": int(values["length"])}
        return {"upload_url": f"{self.address}/upload/{key}", "file_id": key}

    def upload(self, key: str, content: bytes) -> None:
        file = self.files[key]
        if len(content) != file["length"]:
            raise Refused("length_mismatch")
        file["content"] = content

    def _complete_upload(self, values: Values) -> dict[str, Any]:
        given = values["files"]
        files = [self.files.get(one["id"], {}) for one in given]
        if not all("content" in file for file in files):
            raise Refused("file_not_found")
        for one, file in zip(given, files, strict=True):
            file["title"] = one.get("title", file["name"])
        channel_id = values.get("channel_id")
        if channel_id:
            channel = self._writable(str(channel_id))
            thread = self._thread(channel.id, values)
            shown = [{"id": file["id"], "name": file["name"], "title": file["title"]} for file in files]
            text = str(values.get("initial_comment") or "")
            self._said(self.add(channel.id, BOT_USER, text, thread=thread, files=shown, was_shared=True))
        return {"files": [{"id": file["id"], "title": file["title"]} for file in files]}

    def _delete_file(self, values: Values) -> dict[str, Any]:
        """A message that only shares the file goes with it."""
        if self.files.pop(str(values["file"]), None) is None:
            raise Refused("file_not_found")
        for post in self.posts.values():
            post.files = [file for file in post.files if file["id"] != values["file"]]
            if post.was_shared and not post.files and not post.text:
                post.is_deleted = True
        return {}

    def _react(self, values: Values) -> dict[str, Any]:
        if (str(values["channel"]), str(values["timestamp"])) not in self.posts:
            raise Refused("message_not_found")
        return {}


def message_event(kind: Kind) -> str:
    """The event of a message in a channel of a kind."""
    return f"message.{_SCOPED[kind]}"


def direct(user: str) -> str:
    """The channel in which a person writes to the bot alone."""
    return f"D{user[1:]}"


def _page(found: Sequence[Post], values: Values) -> dict[str, Any]:
    """Some of the messages, and how to ask for more."""
    start, limit = int(values.get("cursor") or 0), int(values.get("limit") or 100)
    wants = values.get("include_all_metadata") in (True, "1", "true", 1)
    page = [post.to_dict(with_metadata=wants) for post in found[start : start + limit]]
    cursor = str(start + limit) if start + limit < len(found) else ""
    return {"messages": page, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def _metadata(values: Values) -> dict[str, Any] | None:
    metadata = values.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or set(metadata) < {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    if any(isinstance(value, dict | list) for value in metadata["event_payload"].values()):
        raise Refused("invalid_metadata_schema")
    return metadata


def _piece(values: Values) -> str:
    """The Markdown of one call to a stream."""
    text, chunks = values.get("markdown_text"), values.get("chunks")
    if text is not None and chunks is not None:
        raise Refused("cannot_provide_both_markdown_text_and_chunks")
    parts = [str(text)] if text is not None else []
    for chunk in chunks or []:
        if chunk.get("type") not in ("markdown_text", "task_update", "plan_update"):
            raise Refused("invalid_chunks")
        if chunk["type"] == "markdown_text":
            parts.append(chunk["text"])
    piece = "".join(parts)
    if len(piece) > 12_000:
        raise Refused("msg_too_long")
    return piece


def parsed(values: Mapping[str, str]) -> dict[str, Any]:
    """Arguments that came as a form, in which structures are JSON."""
    return {name: json.loads(value) if name in _STRUCTURES else value for name, value in values.items()}
