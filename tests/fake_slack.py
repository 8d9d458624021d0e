"""A fake Slack over real HTTP and WebSocket: a workspace, the people in it, and the way by which an app hears of it.

Only Slack is fake here: what is tested talks to it with its own client, over its own connections.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, WSMsgType, web

from tests.fake_slack_blocks import elements_of
from tests.fake_slack_workspace import (
    APP,
    APP_TOKEN,
    BOT_TOKEN,
    BOT_USER,
    GENERAL,
    MENTION,
    SIGNING_SECRET,
    TEAM,
    Post,
    Refused,
    Workspace,
    direct,
    message_event,
    parsed,
)

PATIENCE = 3.0
"""Seconds within which a delivery must be acknowledged."""
RETRIES = 3
WAIT = 60.0
"""Seconds that a test waits for something at most; a busy machine takes its time."""

_NOW_AND_THEN = 0.1
"""Seconds."""

ALL_SCOPES = frozenset(
    "app_mentions:read assistant:write channels:history chat:write commands files:write groups:history im:history"
    " im:write mpim:history users:read".split()
)
ALL_EVENTS = frozenset(
    "app_home_opened app_mention assistant_thread_context_changed assistant_thread_started message.channels"
    " message.groups message.im message.mpim".split()
)

Kind = Literal["events_api", "slash_commands", "interactive"]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Fault:
    """What becomes of a call instead of its answer.

    ``drops`` ends the connection without a response: before the call takes effect, or after it has.
    """

    status: int = 200
    error: str = ""
    retry_after: int | None = None
    drops: Literal["before", "after"] | None = None


LIMITED = Fault(429, "ratelimited", retry_after=1)
BROKEN = Fault(503, "service_unavailable")
LOST = Fault(drops="before")
LOST_AFTER = Fault(drops="after")
REVOKED = Fault(error="token_revoked")


@dataclass
class Call:
    """A method that the app called, and how it was answered: ``error`` is empty where it took effect."""

    method: str
    values: Mapping[str, Any]
    at: float
    error: str = ""


@dataclass
class Hold:
    """Calls of a method, of one thread or of any, that wait: before they take effect, or after it."""

    method: str
    thread: str | None
    is_after: bool
    gate: asyncio.Event
    came: int = 0

    def meets(self, call: Call) -> bool:
        place = call.values.get("thread_ts", call.values.get("ts"))
        return self.method == call.method and self.thread in (None, place)


@dataclass
class Attempt:
    """One time that a delivery was sent; ``answer`` is what the acknowledgement carried, ``status`` that of HTTP."""

    number: int
    sent: float
    acked: float | None = None
    status: int | None = None
    answer: Any = None


@dataclass
class Delivery:
    """Something that the app is to hear of; it is sent again until it is acknowledged."""

    kind: Kind
    payload: dict[str, Any]
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_acked(self) -> bool:
        return any(attempt.acked is not None for attempt in self.attempts)

    @property
    def seconds(self) -> float:
        """From the first sending to the first acknowledgement."""
        return min(attempt.acked for attempt in self.attempts if attempt.acked is not None) - self.attempts[0].sent

    @property
    def answer(self) -> Any:
        return next((attempt.answer for attempt in self.attempts if attempt.answer), None)

    @property
    def event(self) -> Mapping[str, Any]:
        event: Mapping[str, Any] = self.payload.get("event", {})
        return event


class FakeSlack:
    """``url`` is the base of the Web API. ``late`` are the deliveries that were not acknowledged in time. What happens
    wakes :meth:`until`, by which a test waits.

    Everything is kept under one lock: the server's thread changes it, the test's reads it.
    """

    def __init__(self, scopes: frozenset[str] = ALL_SCOPES, events: frozenset[str] = ALL_EVENTS) -> None:
        self.events = events
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []
        self.late: list[Delivery] = []
        self.connections = 0
        self.request_url: str | None = None
        self.address = ""
        self.is_revoked = False
        self._changed = threading.Condition(threading.RLock())
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._holds: list[Hold] = []
        self._sockets: dict[web.WebSocketResponse, asyncio.Transport] = {}
        self._tickets: set[str] = set()
        self._envelopes: dict[str, tuple[Delivery, Attempt]] = {}
        self._responses: dict[str, tuple[str, str, int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._scopes = scopes
        self._workspace: Workspace | None = None

    @property
    def url(self) -> str:
        return f"{self.address}/api/"

    @property
    def workspace(self) -> Workspace:
        assert self._workspace is not None
        return self._workspace

    # ---- waiting

    def until(self, find: Callable[[], Found | None], what: str = "", seconds: float = WAIT) -> Found:
        """What ``find`` returns once it is true, looked for whenever something happened here, and now and then: what
        is stored wakes nobody.

        Raises:
            AssertionError: it did not come.
        """
        end = time.monotonic() + seconds
        with self._changed:
            while not (found := find()):
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{what or find} did not come in {seconds:g} s; {self._last_calls()}")
                self._changed.wait(min(left, _NOW_AND_THEN))
            return found

    def _last_calls(self) -> str:
        return ", ".join(f"{call.method} {call.error}".strip() for call in self.calls[-12:]) or "nothing was called"

    def called(self, method: str) -> list[Call]:
        """The calls of a method that took effect."""
        with self._changed:
            return [call for call in self.calls if call.method == method and not call.error]

    def refused(self) -> list[Call]:
        """The calls that Slack refused, other than by a fault that the test asked for."""
        with self._changed:
            return [call for call in self.calls if call.error and not call.error.startswith("fault:")]

    # ---- what people do

    def say(
        self, text: str, *, user: str, channel: str = GENERAL, thread: str | None = None, **more: Any
    ) -> tuple[Post, list[Delivery]]:
        """A message of a person; with a mention of the bot it comes as two events, as it does from Slack."""
        with self._changed:
            kind = self.workspace.channels[channel].kind
            client_id = self.workspace.new_id("client-")
            post = self.workspace.add(channel, user, text, thread=thread, client_msg_id=client_id)
            event = post.to_dict() | {"channel": channel, "event_ts": post.ts, "channel_type": kind} | more
            sent = []
            if MENTION in text and kind != "im":
                mention = {name: value for name, value in event.items() if name != "channel_type"}
                sent += self._emit("app_mention", mention | {"type": "app_mention"})
            sent += self._emit(message_event(kind), event)
            return post, sent

    def ask(self, text: str, *, user: str, channel: str = GENERAL, thread: str | None = None) -> Post:
        """A question to the bot: a mention, or a direct message."""
        mention = "" if channel.startswith("D") else f"{MENTION} "
        return self.say(mention + text, user=user, channel=channel, thread=thread)[0]

    def edit(self, post: Post, text: str) -> None:
        with self._changed:
            before = post.to_dict()
            post.text = text
            self.workspace.changed(post, before)

    def unfurl(self, post: Post) -> None:
        """An edit that changes no word: Slack adds the preview of a link."""
        with self._changed:
            self.workspace.changed(post, post.to_dict())

    def delete(self, post: Post) -> None:
        with self._changed:
            post.is_deleted = True
            self.workspace.deleted(post)

    def join(self, user: str, channel: str = GENERAL) -> None:
        with self._changed:
            self.workspace.channels[channel].members.add(user)
            text = f"<@{user}> has joined the channel"
            event = {"type": "message", "subtype": "channel_join", "user": user, "text": text, "channel": channel}
            kind = self.workspace.channels[channel].kind
            self._emit(message_event(kind), event | {"ts": self.workspace.new_ts(), "channel_type": kind})

    def say_as_bot(self, text: str, channel: str = GENERAL, thread: str | None = None) -> None:
        """A message of another app's bot, which mentions ours."""
        with self._changed:
            post = self.workspace.add(channel, "U0OTHERBOT", text, thread=thread)
            event = post.to_dict() | {"channel": channel, "bot_id": "B0OTHER", "app_id": "A0OTHER"}
            if MENTION in text:
                self._emit("app_mention", event | {"type": "app_mention"})
            self._emit("message.channels", event | {"channel_type": "channel", "subtype": "bot_message"})

    def command(self, text: str, *, user: str, channel: str = GENERAL, name: str = "/papers") -> Delivery:
        with self._changed:
            payload = self._who(user, channel) | {"command": name, "text": text, "is_enterprise_install": "false"}
            return self._send("slash_commands", payload)

    def press(self, post: Post, action: str, *, user: str) -> Delivery:
        """A button of a message, the first with that action."""
        with self._changed:
            element = next(one for one in elements_of(post.blocks) if one["action_id"] == action)
            block = next(block for block in post.blocks if element in list(elements_of(block)))
            pressed = {key: element[key] for key in ("type", "action_id", "value", "text") if key in element}
            pressed |= {"block_id": block.get("block_id", "b1"), "action_ts": self.workspace.new_ts()}
            container: dict[str, Any] = {"type": "message", "message_ts": post.ts, "channel_id": post.channel}
            container |= {"is_ephemeral": post.ephemeral_to is not None}
            container |= {"thread_ts": post.thread} if post.thread else {}
            said = {"actions": [pressed], "container": container, "message": post.to_dict()}
            return self._interact("block_actions", user, post.channel, said)

    def ask_about(self, post: Post, *, user: str, callback: str) -> Delivery:
        """A message shortcut."""
        said = {"callback_id": callback, "message": post.to_dict(), "message_ts": post.ts}
        return self._interact("message_action", user, post.channel, said)

    def submit(self, view: Mapping[str, Any], values: Mapping[str, str], *, user: str) -> Delivery:
        """A modal, its fields filled in by action."""
        state: dict[str, Any] = {}
        for number, block in enumerate(view["blocks"]):
            action = block.get("element", {}).get("action_id")
            if action in values:
                key = block.get("block_id", f"b{number}")
                state[key] = {action: {"type": "plain_text_input", "value": values[action]}}
        shown = dict(view) | {"state": {"values": state}, "app_id": APP}
        return self._interact("view_submission", user, None, {"view": shown})

    def open_home(self, user: str) -> None:
        event = {"type": "app_home_opened", "user": user, "channel": direct(user), "tab": "home"}
        with self._changed:
            self._emit("app_home_opened", event | {"event_ts": self.workspace.new_ts()})

    def open_assistant(self, user: str) -> Post:
        """The assistant's view, which begins a thread; its first message."""
        with self._changed:
            root = self.workspace.add(direct(user), BOT_USER, "New assistant thread")
            thread = {"user_id": user, "channel_id": direct(user), "thread_ts": root.ts, "context": {}}
            event = {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": root.ts}
            self._emit("assistant_thread_started", event)
            return root

    def _who(self, user: str, channel: str | None) -> dict[str, Any]:
        """What a command and an interaction carry of the person, and by which they may be answered."""
        made: dict[str, Any] = {"token": "legacy", "team_id": TEAM, "team_domain": "looms", "api_app_id": APP}
        made |= {"user_id": user, "user_name": user.lower(), "trigger_id": self.workspace.new_trigger()}
        if channel is not None:
            key = self.workspace.new_id("response-")
            self._responses[key] = (channel, user, 5)
            made |= {"channel_id": channel, "channel_name": "a", "response_url": f"{self.address}/response/{key}"}
        return made

    def _interact(self, kind: str, user: str, channel: str | None, said: dict[str, Any]) -> Delivery:
        with self._changed:
            who = self._who(user, channel)
            payload: dict[str, Any] = {"type": kind, "token": "legacy", "api_app_id": APP}
            payload |= {"team": {"id": TEAM, "domain": "looms"}, "user": {"id": user, "team_id": TEAM}}
            payload |= {"trigger_id": who["trigger_id"], "is_enterprise_install": False, "enterprise": None}
            if channel is not None:
                payload |= {"channel": {"id": channel, "name": "a"}, "response_url": who["response_url"]}
            return self._send("interactive", payload | said)

    # ---- deliveries

    def _emit(self, name: str, event: Mapping[str, Any]) -> list[Delivery]:
        """An event, for an app that subscribed to it."""
        with self._changed:
            if name not in self.events:
                return []
            bot = {"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}
            payload: dict[str, Any] = {"token": "legacy", "team_id": TEAM, "api_app_id": APP, "type": "event_callback"}
            payload |= {"event_id": self.workspace.new_id("Ev"), "event_time": int(time.time())}
            authorizations = [bot | {"is_enterprise_install": False}]
            rest = {"authorizations": authorizations, "is_ext_shared_channel": False}
            return [self._send("events_api", {**payload, "event": dict(event), **rest})]

    def _send(self, kind: Kind, payload: dict[str, Any]) -> Delivery:
        delivery = Delivery(kind, payload)
        with self._changed:
            self.deliveries.append(delivery)
            self._changed.notify_all()
        self._soon(self._deliver, delivery, 0)
        return delivery

    def repeat(self, delivery: Delivery, number: int = 1) -> None:
        """Send it again, as Slack does where it heard no acknowledgement."""
        self._soon(self._deliver, delivery, number)

    def _soon(self, do: Callable[..., None], *given: Any) -> None:
        self._loop.call_soon_threadsafe(do, *given)

    def _deliver(self, delivery: Delivery, number: int) -> None:
        with self._changed:
            socket = next(reversed(self._sockets), None)
        if self.request_url is not None:
            self._start(self._post(delivery, number))
        elif socket is not None:
            self._start(self._put(socket, delivery, number))

    def _start(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _put(self, socket: web.WebSocketResponse, delivery: Delivery, number: int) -> None:
        """An envelope over the socket; unless it is acknowledged in time, it is sent once more."""
        attempt = Attempt(number, time.monotonic())
        with self._changed:
            key = self.workspace.new_id("envelope-")
            self._envelopes[key] = (delivery, attempt)
            delivery.attempts.append(attempt)
        envelope: dict[str, Any] = {"envelope_id": key, "type": delivery.kind, "payload": delivery.payload}
        envelope["accepts_response_payload"] = delivery.kind != "events_api"
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": "timeout" if number else ""}
        try:
            await socket.send_json(envelope)
        except ConnectionError:
            return  # it goes to the next socket
        self._loop.call_later(PATIENCE, self._again, delivery, number)

    def _again(self, delivery: Delivery, number: int) -> None:
        if not delivery.is_acked:
            self.late.append(delivery)
        if not delivery.is_acked and number < RETRIES and delivery.kind == "events_api":
            self._deliver(delivery, number + 1)

    async def _post(self, delivery: Delivery, number: int) -> None:
        """A signed request to the app; unless it is answered well and in time, it is sent once more."""
        attempt = Attempt(number, time.monotonic())
        with self._changed:
            delivery.attempts.append(attempt)
        headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_timeout"} if number else {}
        body, kind = _body(delivery)
        headers |= {"Content-Type": kind, **signed(body)}
        try:
            async with ClientSession(timeout=ClientTimeout(PATIENCE)) as client:
                assert self.request_url is not None
                async with client.post(self.request_url, data=body, headers=headers) as response:
                    content = await response.read()
                    attempt.status, attempt.answer = response.status, _loads(content)
                    if response.status == 200:
                        attempt.acked = time.monotonic()
        except (ClientError, TimeoutError):
            attempt.status = 0
        with self._changed:
            self._changed.notify_all()
        self._again(delivery, number)

    # ---- trouble

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of a method (``*``: of any; ``link``: connections) come to these ends, one each."""
        with self._changed:
            self._faults[method].extend(faults)

    def forgive(self) -> None:
        """Nothing fails any more."""
        with self._changed:
            self._faults.clear()

    def left_over(self) -> list[Fault]:
        """The faults that no call met."""
        with self._changed:
            return [fault for faults in self._faults.values() for fault in faults]

    @contextmanager
    def held(self, method: str, thread: str | None = None, *, after: bool = False) -> Iterator[Callable[[], object]]:
        """Calls of a method (of those with a thread, where one is named) get no answer while the block runs. ``after``:
        they take effect all the same. What the block is given waits until one came."""
        hold = Hold(method, thread, after, asyncio.Event())
        with self._changed:
            self._holds.append(hold)
        try:
            yield lambda: self.until(lambda: hold.came, f"a {method}")
        finally:
            with self._changed:
                self._holds.remove(hold)
            self._soon(hold.gate.set)

    def drop_sockets(self) -> None:
        """Every WebSocket is gone, without a word."""
        self._soon(self._drop)

    def _drop(self) -> None:
        with self._changed:
            sockets, self._sockets = self._sockets, {}
        for transport in sockets.values():
            transport.abort()

    def refresh_sockets(self) -> None:
        """Slack asks the app to connect anew, as it does every few hours, and closes the old connection."""
        for socket in list(self._sockets):
            self._soon(self._start, self._refresh(socket))

    async def _refresh(self, socket: web.WebSocketResponse) -> None:
        with self._changed:
            self._sockets.pop(socket, None)
        await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "fake"}})

    def close_stream(self, post: Post) -> None:
        """Slack ends a stream of its own accord, as it does with one that lasts too long."""
        with self._changed:
            post.is_streaming = False

    def shown(self, channel: str, thread: str) -> list[Post]:
        """What the bot says to all in a thread."""
        with self._changed:
            posts = self.workspace.in_thread(channel, thread)
            return [post for post in posts if post.is_bots and post.ts != thread]

    def ephemeral(self, user: str) -> list[Post]:
        """What the bot says to one person alone."""
        with self._changed:
            found = [post for post in self.workspace.posts.values() if post.ephemeral_to == user]
            return [post for post in found if not post.is_deleted]

    # ---- the server

    @property
    def is_connected(self) -> bool:
        return bool(self._sockets)

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        values = await _values(request)
        call = Call(method, values, time.monotonic())
        with self._changed:
            self.calls.append(call)
            hold = next((hold for hold in self._holds if hold.meets(call)), None)
            fault = next((self._faults[name].popleft() for name in (method, "*") if self._faults[name]), None)
            self._changed.notify_all()
        if hold is not None and not hold.is_after:
            await self._wait_at(hold)
        if fault is not None and fault.drops != "after":
            call.error = f"fault:{fault.error or fault.drops}"
            return self._faulty(request, fault)
        response = self._run(request, call)
        if hold is not None and hold.is_after:
            await self._wait_at(hold)
        if fault is not None:
            return self._faulty(request, fault)
        return response

    async def _wait_at(self, hold: Hold) -> None:
        with self._changed:
            hold.came += 1
            self._changed.notify_all()
        await hold.gate.wait()

    def _run(self, request: web.Request, call: Call) -> web.StreamResponse:
        try:
            with self._changed:
                self._authorize(request, call.method)
                done = self._connection() if call.method == "apps.connections.open" else None
                answer = done or self.workspace.call(call.method, call.values)
        except Refused as refused:
            call.error = refused.error
            answer = {"ok": False, "error": refused.error, **refused.details}
        else:
            answer = {"ok": True, **answer}
        with self._changed:
            self._changed.notify_all()
        return web.json_response(answer, headers={"x-oauth-scopes": ",".join(sorted(self.workspace.scopes))})

    def _authorize(self, request: web.Request, method: str) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if not token:
            raise Refused("not_authed")
        if self.is_revoked:
            raise Refused("token_revoked")
        if token != wanted:
            raise Refused("not_allowed_token_type" if token in (APP_TOKEN, BOT_TOKEN) else "invalid_auth")

    def _faulty(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.drops is not None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return web.json_response({"ok": False, "error": fault.error}, status=fault.status, headers=headers)

    def _connection(self) -> dict[str, Any]:
        ticket = self.workspace.new_id("ticket-")
        self._tickets.add(ticket)
        return {"url": f"{self.address.replace('http', 'ws', 1)}/link/?ticket={ticket}"}

    async def _linked(self, request: web.Request) -> web.StreamResponse:
        """Socket Mode: a hello, envelopes one way, acknowledgements the other."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.discard(ticket)
        if self._faults["link"]:
            return web.Response(status=self._faults["link"].popleft().status)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}}
        await socket.send_json(hello | {"debug_info": {"host": "fake", "approximate_connection_time": 18060}})
        with self._changed:
            assert request.transport is not None
            self._sockets[socket] = request.transport
            self.connections += 1
            waiting = [one for one in self.deliveries if not one.is_acked and _comes_again(one)]
            self._changed.notify_all()
        for delivery in waiting:
            self._deliver(delivery, len(delivery.attempts))
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self._acked(json.loads(message.data))
        with self._changed:
            self._sockets.pop(socket, None)
            self._changed.notify_all()
        return socket

    def _acked(self, said: Mapping[str, Any]) -> None:
        with self._changed:
            delivery, attempt = self._envelopes[said["envelope_id"]]
            attempt.acked, attempt.answer = time.monotonic(), said.get("payload")
            self._changed.notify_all()
        self._answered(delivery, said.get("payload"))

    def _answered(self, delivery: Delivery, answer: Any) -> None:
        """A command's acknowledgement may carry its answer."""
        if delivery.kind == "slash_commands" and isinstance(answer, dict):
            key = str(delivery.payload["response_url"]).rpartition("/")[2]
            self._respond(key, answer)

    async def _responded(self, request: web.Request) -> web.Response:
        """A ``response_url``, which may be used five times."""
        key = request.match_info["key"]
        call = Call("response_url", await request.json(), time.monotonic())
        with self._changed:
            self.calls.append(call)
            fault = self._faults["response_url"].popleft() if self._faults["response_url"] else None
        if fault is not None:
            call.error = f"fault:{fault.error}"
            return web.Response(status=fault.status)
        try:
            self._respond(key, call.values)
        except Refused as refused:
            call.error = refused.error
            return web.Response(status=404 if refused.error == "used_url" else 400, text=refused.error)
        return web.Response(text="ok")

    def _respond(self, key: str, values: Mapping[str, Any]) -> None:
        with self._changed:
            channel, user, left = self._responses.get(key, ("", "", 0))
            if not left:
                raise Refused("used_url")
            self._responses[key] = (channel, user, left - 1)
            text, blocks = str(values.get("text", "")), values.get("blocks") or []
            self.workspace.check_blocks(blocks)
            before = [post for post in self.workspace.posts.values() if post.client_msg_id == key]
            if values.get("delete_original") or values.get("replace_original"):
                for post in before:
                    post.is_deleted = True
            if not values.get("delete_original"):
                if not text and not blocks:
                    raise Refused("no_text")
                seer = None if values.get("response_type") == "in_channel" else user
                thread = values.get("thread_ts")
                more = {"blocks": list(blocks), "thread": thread, "ephemeral_to": seer, "client_msg_id": key}
                self.workspace.add(channel, BOT_USER, text, **more)
            self._changed.notify_all()

    async def _uploaded(self, request: web.Request) -> web.Response:
        content = await request.read()
        with self._changed:
            self.workspace.upload(request.match_info["key"], content)
            self._changed.notify_all()
        return web.Response(text=f"OK - {len(content)}", content_type="text/plain")

    def run(self, ready: threading.Event) -> None:
        """Serve until :meth:`stop`."""
        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(self._listen())
        ready.set()
        self._loop.run_forever()
        for task in list(self._tasks):
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._drop()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _listen(self) -> web.AppRunner:
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_route("*", "/api/{method}", self._called)
        application.router.add_get("/link/", self._linked)
        application.router.add_post("/response/{key}", self._responded)
        application.router.add_post("/upload/{key}", self._uploaded)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._workspace = Workspace(self._emit, self._scopes, self.address)
        return runner

    def stop(self) -> None:
        self._soon(self._loop.stop)


def _comes_again(delivery: Delivery) -> bool:
    """Slack repeats events; a press or a command that nobody heard is lost."""
    return len(delivery.attempts) <= (RETRIES if delivery.kind == "events_api" else 0)


def signed(body: bytes, secret: str = SIGNING_SECRET, at: int | None = None) -> dict[str, str]:
    """The headers by which Slack says that a request is its own (HMAC-SHA256 over version, time and body)."""
    when = str(int(time.time()) if at is None else at)
    mark = hmac.new(secret.encode(), b":".join([b"v0", when.encode(), body]), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": when, "X-Slack-Signature": f"v0={mark}"}


def _body(delivery: Delivery) -> tuple[bytes, str]:
    """A delivery as it is posted, and its type."""
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    form = {"payload": json.dumps(delivery.payload)} if delivery.kind == "interactive" else delivery.payload
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _loads(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode() or None


async def _values(request: web.Request) -> dict[str, Any]:
    """The arguments of a call: as JSON, in a form, or in the address."""
    asked = parsed(dict(request.query))
    if request.content_type == "application/json":
        body: dict[str, Any] = await request.json()
        return asked | body
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return asked | parsed(form)


@contextmanager
def slack(scopes: frozenset[str] = ALL_SCOPES, events: frozenset[str] = ALL_EVENTS) -> Iterator[FakeSlack]:
    """A fake Slack while the block runs."""
    fake = FakeSlack(scopes, events)
    ready = threading.Event()
    thread = threading.Thread(target=fake.run, args=(ready,), name="fake slack")
    thread.start()
    try:
        assert ready.wait(WAIT)
        yield fake
    finally:
        fake.stop()
        thread.join()
