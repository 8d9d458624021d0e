"""What Slack refuses in blocks and views, by the limits that it publishes; and what it makes of the text in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Block = Mapping[str, Any]
Surface = Literal["message", "modal", "home"]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 12_000
"""Of all the texts in one message together: what ``msg_blocks_too_long`` is about."""
SECTION_CHARACTERS = 3_000

_LENGTHS = {"url": 3_000, "value": 2_000, "action_id": 255, "block_id": 255, "alt_text": 2_000, "image_url": 3_000}
_STYLES = ("primary", "danger")
_MESSAGE_ONLY = ("markdown", "table", "context_actions", "file")
_SPECIAL = re.compile(r"<([!@#][^<>]*)>")
_LINK = re.compile(r"<([^!@#<>|][^<>|]*)(?:\|([^<>]*))?>")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")


@dataclass
class Problems:
    """What is wrong with the blocks of one message or view, each with its place."""

    found: list[str] = field(default_factory=list)

    def unless(self, holds: bool, place: str, rule: str) -> None:
        if not holds:
            self.found.append(f"{rule} [json-pointer:{place}]")


def problems_of(blocks: object, surface: Surface = "message") -> list[str]:
    """Why Slack would answer ``invalid_blocks``; empty where it would take them."""
    problems = Problems()
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    problems.unless(len(blocks) <= most, "/blocks", f"no more than {most} items allowed")
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block]
    problems.unless(len(ids) == len(set(ids)), "/blocks", "block_id is not unique")
    tables = sum(isinstance(block, dict) and block.get("type") == "table" for block in blocks)
    problems.unless(tables <= 1, "/blocks", "only one table is allowed")
    for number, block in enumerate(blocks):
        _check_block(block, f"/blocks/{number}", surface, problems)
    return problems.found


def problems_of_view(view: object) -> list[str]:
    """Why Slack would refuse a modal or a home tab."""
    problems = Problems()
    if not isinstance(view, dict):
        return ["must be an object [json-pointer:/view]"]
    kind = view.get("type")
    problems.unless(kind in ("modal", "home"), "/view/type", "unsupported type")
    if kind == "modal":
        for name in ("title", "submit", "close"):
            if name in view or name == "title":
                _check_text(view.get(name), f"/view/{name}", problems, 24, plain=True)
        asks = any(isinstance(block, dict) and block.get("type") == "input" for block in view.get("blocks", []))
        problems.unless(not asks or "submit" in view, "/view", "a modal with input blocks needs submit")
    problems.unless(len(view.get("private_metadata", "")) <= 3_000, "/view/private_metadata", "too long")
    problems.unless(len(view.get("callback_id", "")) <= 255, "/view/callback_id", "too long")
    return problems.found + problems_of(view.get("blocks"), "modal" if kind == "modal" else "home")


def _check_block(block: object, place: str, surface: Surface, problems: Problems) -> None:
    if not isinstance(block, dict):
        problems.unless(False, place, "must be an object")
        return
    kind = block.get("type")
    check = _CHECKS.get(str(kind))
    problems.unless(check is not None, f"{place}/type", f"unsupported type: {kind}")
    problems.unless(surface == "message" or kind not in _MESSAGE_ONLY, place, f"{kind} is for messages alone")
    _check_lengths(block, place, problems)
    if check is not None:
        check(block, place, problems)


def _check_lengths(thing: Block, place: str, problems: Problems) -> None:
    for name, most in _LENGTHS.items():
        if name in thing:
            given = thing[name]
            fits = isinstance(given, str) and 0 < len(given) <= most
            problems.unless(fits, f"{place}/{name}", f"must be 1 to {most} characters")


def _check_text(text: object, place: str, problems: Problems, most: int, *, plain: bool = False) -> None:
    """A text object."""
    if not isinstance(text, dict):
        problems.unless(False, place, "must be a text object")
        return
    kind, words = text.get("type"), text.get("text")
    problems.unless(kind == "plain_text" or (kind == "mrkdwn" and not plain), f"{place}/type", f"wrong type: {kind}")
    problems.unless(kind == "plain_text" or "emoji" not in text, f"{place}/emoji", "only for plain_text")
    fits = isinstance(words, str) and 0 < len(words) <= most
    problems.unless(fits, f"{place}/text", f"must be 1 to {most} characters")


def _section(block: Block, place: str, problems: Problems) -> None:
    fields = block.get("fields", [])
    problems.unless("text" in block or bool(fields), place, "text or fields must be given")
    problems.unless(len(fields) <= 10, f"{place}/fields", "no more than 10 items allowed")
    if "text" in block:
        _check_text(block["text"], f"{place}/text", problems, SECTION_CHARACTERS)
    for number, one in enumerate(fields):
        _check_text(one, f"{place}/fields/{number}", problems, 2_000)
    if "accessory" in block:
        _element(block["accessory"], f"{place}/accessory", problems)


def _header(block: Block, place: str, problems: Problems) -> None:
    _check_text(block.get("text"), f"{place}/text", problems, 150, plain=True)


def _context(block: Block, place: str, problems: Problems) -> None:
    elements = block.get("elements", [])
    problems.unless(1 <= len(elements) <= 10, f"{place}/elements", "1 to 10 items")
    for number, element in enumerate(elements):
        where = f"{place}/elements/{number}"
        if isinstance(element, dict) and element.get("type") == "image":
            _image(element, where, problems)
        else:
            _check_text(element, where, problems, SECTION_CHARACTERS)


def _actions(block: Block, place: str, problems: Problems) -> None:
    elements = block.get("elements", [])
    problems.unless(1 <= len(elements) <= 25, f"{place}/elements", "1 to 25 items")
    ids = [element.get("action_id") for element in elements if isinstance(element, dict)]
    problems.unless(len(ids) == len(set(ids)), f"{place}/elements", "action_id is not unique")
    for number, element in enumerate(elements):
        _element(element, f"{place}/elements/{number}", problems)


def _context_actions(block: Block, place: str, problems: Problems) -> None:
    elements = block.get("elements", [])
    problems.unless(1 <= len(elements) <= 5, f"{place}/elements", "1 to 5 items")
    for number, element in enumerate(elements):
        where = f"{place}/elements/{number}"
        kind = element.get("type")
        problems.unless(kind in ("feedback_buttons", "icon_button"), where, f"unsupported type: {kind}")
        if kind == "feedback_buttons":
            for name in ("positive_button", "negative_button"):
                button = element.get(name, {})
                _check_text(button.get("text"), f"{where}/{name}/text", problems, 75, plain=True)
                _check_lengths(button, f"{where}/{name}", problems)


def _element(element: object, place: str, problems: Problems) -> None:
    """A button, a menu or a field."""
    if not isinstance(element, dict):
        problems.unless(False, place, "must be an object")
        return
    kind = element.get("type")
    problems.unless(kind in _ELEMENTS, f"{place}/type", f"unsupported type: {kind}")
    _check_lengths(element, place, problems)
    if kind == "button":
        _check_text(element.get("text"), f"{place}/text", problems, 75, plain=True)
        problems.unless(element.get("style", "primary") in _STYLES, f"{place}/style", "unknown style")
        problems.unless(len(element.get("accessibility_label", "")) <= 75, f"{place}/accessibility_label", "too long")
    if "placeholder" in element:
        _check_text(element["placeholder"], f"{place}/placeholder", problems, 150, plain=True)
    options = element.get("options", [])
    problems.unless(len(options) <= (5 if kind == "overflow" else 100), f"{place}/options", "too many options")
    for number, option in enumerate(options):
        _check_text(option.get("text"), f"{place}/options/{number}/text", problems, 75)
        problems.unless(0 < len(option.get("value", "")) <= 150, f"{place}/options/{number}/value", "too long")


_ELEMENTS = (
    "button", "overflow", "static_select", "external_select", "users_select", "conversations_select", "image",
    "plain_text_input", "radio_buttons", "checkboxes", "datepicker",
)  # fmt: skip


def _image(block: Block, place: str, problems: Problems) -> None:
    problems.unless("image_url" in block or "slack_file" in block, place, "image_url or slack_file must be given")
    problems.unless(bool(block.get("alt_text")), f"{place}/alt_text", "must be given")


def _markdown(block: Block, place: str, problems: Problems) -> None:
    text = block.get("text")
    problems.unless(isinstance(text, str) and 0 < len(text) <= 12_000, f"{place}/text", "1 to 12000 characters")


def _table(block: Block, place: str, problems: Problems) -> None:
    rows = block.get("rows", [])
    problems.unless(1 <= len(rows) <= 100, f"{place}/rows", "1 to 100 rows")
    problems.unless(all(1 <= len(row) <= 20 for row in rows), f"{place}/rows", "1 to 20 cells a row")
    for row in rows:
        for cell in row:
            known = cell.get("type") in ("raw_text", "rich_text")
            problems.unless(known and cell.get("text") != "", f"{place}/rows", "a cell is raw_text or rich_text")


def _input(block: Block, place: str, problems: Problems) -> None:
    _check_text(block.get("label"), f"{place}/label", problems, 2_000, plain=True)
    _element(block.get("element"), f"{place}/element", problems)


def _anything(_block: Block, _place: str, _problems: Problems) -> None:
    """What has no limits that matter here."""


_CHECKS = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "image": _image,
    "markdown": _markdown,
    "table": _table,
    "input": _input,
    "divider": _anything,
    "rich_text": _anything,
}


# ---- what is read


def texts_of(thing: object) -> Iterator[tuple[str, str]]:
    """Every text in blocks, with its kind: ``mrkdwn``, ``plain_text``, ``markdown`` or another's name."""
    if isinstance(thing, Mapping):
        if isinstance(thing.get("text"), str):
            yield str(thing.get("type", "")), thing["text"]
        for name, value in thing.items():
            if name != "text" or not isinstance(value, str):
                yield from texts_of(value)
    elif isinstance(thing, Sequence) and not isinstance(thing, str):
        for one in thing:
            yield from texts_of(one)


def elements_of(thing: object) -> Iterator[Block]:
    """Every element that one can press or fill in."""
    if isinstance(thing, Mapping):
        if "action_id" in thing:
            yield thing
        for value in thing.values():
            yield from elements_of(value)
    elif isinstance(thing, Sequence) and not isinstance(thing, str):
        for one in thing:
            yield from elements_of(one)


def length_of(blocks: Iterable[Block]) -> int:
    """Characters of all texts together."""
    return sum(len(text) for _, text in texts_of(list(blocks)))


def specials_in(text: str) -> list[str]:
    """What Slack would act on in a text: ``!channel``, ``@U012``, ``#C012``."""
    return _SPECIAL.findall(text)


def links_in(text: str) -> list[tuple[str, str]]:
    """The addresses that Slack would link in a mrkdwn text, each with what it shows for it."""
    return [(match[1], match[2] or match[1]) for match in _LINK.finditer(text)]


def unescaped_in(text: str) -> list[str]:
    """What is neither escaped nor part of a link in a mrkdwn text."""
    bare = _LINK.sub("", text).removeprefix("> ").replace("\n> ", "\n")
    return re.findall(r"[<>]", bare.replace("\n>", "\n").removeprefix(">")) + _ENTITY.findall(bare)
