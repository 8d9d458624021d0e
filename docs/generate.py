"""Writes what the documentation says of settings, commands and Python out of the code itself: ``make docs``.

=====================  ==========================================================================
page                   from
=====================  ==========================================================================
``docs/settings.md``   the table between its two marks, from :class:`assistant.settings.Settings`
``docs/cli.md``        the ``--help`` of every command
``docs/python.md``     the docstrings and signatures of the public names and of what they return
=====================  ==========================================================================

A test compares the pages with what this makes. Nothing is run but the command line's own description of itself: Python
is read as text, so that the pages are the same under every version of it.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import assistant
from assistant.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
COMMAND = "make docs"
_WIDTH = 100
"""Columns of the commands' help."""
_BEGIN = "<!-- settings: written by 'make docs' from assistant/settings.py -->"
_END = "<!-- settings: end -->"

_GROUPS = {
    "data_dir": "Libraries and the embedding model",
    "chat_model": "The chat model",
    "email": "Services that are asked for papers",
    "host": "What is served, to whom, and how much ([security.md](security.md), [deployment.md](deployment.md))",
    "chroma_url": "A Chroma server ([deployment.md](deployment.md#several-processes))",
    "public_url": "Chat platforms ([slack.md](slack.md), [mattermost.md](mattermost.md))",
}
"""By the first setting of each group, in the order of the class, what stands above its table."""

_RETURNED = {
    "Planned": "assistant.answers",
    "Gathered": "assistant.answers",
    "TextDelta": "assistant.answers",
    "Doubted": "assistant.answers",
    "Restarted": "assistant.answers",
    "Finished": "assistant.answers",
    "Grounding": "assistant.answers",
    "Usage": "assistant.answers",
    "PaperList": "assistant.tables",
    "Table": "assistant.tables",
    "Preview": "assistant.previewing",
    "PreviewedPaper": "assistant.previewing",
    "UndoReport": "assistant.taking_back",
    "Namesakes": "assistant.namesakes",
    "Finding": "assistant.overview.finding",
    "Conversations": "assistant.conversations.store",
    "Conversation": "assistant.conversations.store",
    "Exchange": "assistant.conversations.store",
    "Section": "assistant.papers",
}
"""What the public classes hand out, and where it is from."""

_ALIASES = {
    "History": "assistant.answers",
    "Turn": "assistant.answers",
    "Event": "assistant.answers",
    "Mode": "assistant.answers",
    "Intent": "assistant.answers",
    "Dimension": "assistant.answers",
    "Subject": "assistant.answers",
    "Pick": "assistant.answers",
    "Years": "assistant.answers",
    "Dates": "assistant.answers",
    "Progress": "assistant.ingesting",
}
"""Names of types in the signatures."""
_FIRST = ("Assistant", "Answer")


def pages() -> dict[Path, str]:
    """Each generated page as it should be."""
    settings = DOCS / "settings.md"
    return {
        settings: with_settings(settings.read_text(encoding="utf-8")),
        DOCS / "cli.md": commands_page(),
        DOCS / "python.md": python_page(),
    }


def main() -> None:
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")


# ---- settings


def with_settings(page: str) -> str:
    """The page with its tables as the class has them now."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{_settings_tables()}\n{_END}{after}"


def _settings_tables() -> str:
    lines: list[str] = []
    for name, field in Settings.model_fields.items():
        if name in _GROUPS:
            lines += ["", f"**{_GROUPS[name]}**", ""] if lines else [f"**{_GROUPS[name]}**", ""]
            lines += ["| environment | in `papertalk.toml` | value | default | what it sets |", "| --- " * 5 + "|"]
        described = _prose(field.description or "").replace("|", "\\|")
        cells = (f"`PAPERTALK_{name.upper()}`", f"`{name}`", _kind(field), _default(name, field), described)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _kind(field: Any) -> str:
    """What a user writes there, in words."""
    written = str(field.annotation)
    if choices := re.findall(r"'(\w+)'", written if "Literal" in written else ""):
        return ", ".join(f"`{choice}`" for choice in choices)
    for mark, word in (("bool", "`true`, `false`"), ("int", "whole number"), ("float", "number"), ("tuple", "list")):
        if mark in written:
            return word + _bounds(field)
    return "folder" if "Path" in written else "secret" if "Secret" in written else "text"


def _bounds(field: Any) -> str:
    said = []
    for bound in field.metadata:
        said += [f"from {bound.ge:,}"] if getattr(bound, "ge", None) is not None else []
        said += [f"above {bound.gt:,}"] if getattr(bound, "gt", None) is not None else []
        said += [f"to {bound.le}"] if getattr(bound, "le", None) is not None else []
    return "".join(f", {one}" for one in said)


def _default(name: str, field: Any) -> str:
    if name == "data_dir":
        return "the user's data folder"
    value = field.default
    if value is None or value == ():
        return "none"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


# ---- the command line


def commands_page() -> str:
    import typer.main

    from assistant.surfaces.cli import app

    lines = [
        "# The command line",
        "",
        "<!-- Written by 'make docs' from the commands' own --help; change it there. -->",
        "",
        "What each command takes, as `papertalk COMMAND --help` prints it. Data goes to standard output, everything",
        "about how it went to standard error. The exit code is 0 when it is done, 1 when it could not be, with one",
        "sentence that says why, 2 for a command that is typed wrong, and 130 after Ctrl-C. `--json` prints JSON for",
        "programs. What is the same for every command is set once: [settings.md](settings.md).",
    ]
    for path, text in _helps(typer.main.get_command(app)):
        lines += ["", f"## {path}", "", "```text", text, "```"]
    return "\n".join(lines) + "\n"


def _helps(command: Any, path: str = "papertalk", parent: Any = None) -> Iterator[tuple[str, str]]:
    """Each command and its help, in the order in which they are listed."""
    width = {"terminal_width": _WIDTH, "max_content_width": _WIDTH}
    name = path.rpartition(" ")[2]
    context = command.context_class(command, info_name=name, parent=parent, **width, **command.context_settings)
    yield path, "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            yield from _helps(command.commands[name], f"{path} {name}", context)


# ---- Python


_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class _Module:
    path: str
    tree: ast.Module

    @classmethod
    def of(cls, name: str) -> _Module:
        file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
        return cls(name, ast.parse(file.read_text(encoding="utf-8")))

    def class_named(self, name: str) -> ast.ClassDef:
        return next(node for node in self.tree.body if isinstance(node, ast.ClassDef) and node.name == name)


def python_page() -> str:
    lines = [
        "# From Python",
        "",
        "<!-- Written by 'make docs' from the docstrings; change them there. -->",
        "",
        "Everything that `from assistant import ...` gives, and below it what these hand out. How it is used is in the",
        "[README](../README.md#from-python); [answer.md](answer.md) has the JSON of an answer,",
        "[conversations.md](conversations.md) stored conversations, [http.md](http.md#from-python) the client, and",
        "[generation.md](generation.md#in-langchain) LangChain. What is not on this page may change with any version.",
        "",
        "Whatever is raised on purpose is an `AssistantError`, and its text is one sentence for a user.",
        "",
        "## The public names",
    ]
    for name in dict.fromkeys((*_FIRST, *assistant.__all__)):
        lines += _class_text(name, assistant._HOMES[name], f"from assistant import {name}")
    lines += ["", "## What these hand out"]
    for name, home in _RETURNED.items():
        lines += _class_text(name, home, f"from {home} import {name}")
    lines += ["", "## Names of types", ""]
    lines += [f"- `{_alias(name, home)}`" for name, home in _ALIASES.items()]
    return "\n".join(lines) + "\n"


def _alias(name: str, home: str) -> str:
    """How a type is defined, on one line."""
    for node in _Module.of(home).tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.unparse(node)
        if isinstance(node, ast.ClassDef) and node.name == name:
            fields = [f"{ast.unparse(line.target)}: {ast.unparse(line.annotation)}" for line in node.body
                      if isinstance(line, ast.AnnAssign)]  # fmt: skip
            return f"{name}({', '.join(fields)})"
    raise LookupError(f"{home} has no {name}")


def _class_text(name: str, home: str, how: str) -> list[str]:
    module = _Module.of(home)
    node = module.class_named(name)
    lines = ["", f"### {name}", "", f"`{how}`"]
    if name == "AssistantError":
        tree = inspect.cleandoc(ast.get_docstring(module.tree) or "")
        return [*lines, "", "```text", _literal(tree), "```"]
    methods = [line for line in node.body if isinstance(line, _Function)]
    lines += ["", *(f"`{_signature(name, one)}`\n" for one in methods if one.name == "__init__"), _docstring(node)]
    if name == "Settings":
        return [*lines, "", "Its fields are every setting there is: [settings.md](settings.md)."]
    lines += _fields(node)
    for method in methods:
        if not method.name.startswith("_"):
            lines += ["", f"#### {name}.{method.name}", "", f"`{_signature(name, method)}`"]
            lines += ["", _docstring(method)] if ast.get_docstring(method) else []
    return lines


def _decorators(method: _Function) -> set[str]:
    return {ast.unparse(one) for one in method.decorator_list}


def _signature(owner: str, method: _Function) -> str:
    returns = f" -> {ast.unparse(method.returns)}" if method.returns else ""
    if _decorators(method) & {"property", "cached_property"}:
        return f"{method.name}{returns.replace(' -> ', ': ')}"
    text = ", ".join(_arguments(method.args))
    if method.name == "__init__":
        return f"{owner}({text})"
    before = "async " if isinstance(method, ast.AsyncFunctionDef) else ""
    return f"{before}{method.name}({text}){returns}"


def _arguments(given: ast.arguments) -> Iterator[str]:
    """Each argument as it is written in the code, but for ``self``."""
    positional = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults)) + [*given.defaults]
    for argument, default in zip(positional, defaults, strict=True):
        if argument.arg not in ("self", "cls"):
            yield _argument(argument, default)
    if given.vararg:
        yield f"*{_argument(given.vararg, None)}"
    elif given.kwonlyargs:
        yield "*"
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _argument(argument, default)


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    kind = f": {ast.unparse(argument.annotation)}" if argument.annotation else ""
    return f"{argument.arg}{kind}" + (f" = {ast.unparse(default)}" if default else "")


def _fields(node: ast.ClassDef) -> list[str]:
    """A table of a dataclass's fields, each with the text that stands below it."""
    rows = list(_field_rows(node))
    if not rows:
        return []
    columns = 4 if any(row[3] for row in rows) else 3
    table = [("field", "type", "default", "what it is"), ("---",) * 4, *rows]
    return ["", *(f"| {' | '.join(row[:columns])} |" for row in table)]


def _field_rows(node: ast.ClassDef) -> Iterator[tuple[str, ...]]:
    if not any("dataclass" in ast.unparse(one) for one in node.decorator_list):
        return
    for at, line in enumerate(node.body):
        if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name):
            continue
        if line.target.id.startswith("_"):
            continue
        below = node.body[at + 1] if at + 1 < len(node.body) else None
        said = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
        default = f"`{_value(line.value)}`" if line.value is not None else ""
        kind = ast.unparse(line.annotation).replace("|", "\\|")
        yield f"`{line.target.id}`", f"`{kind}`", default, _prose(str(said)).replace("|", "\\|")


def _value(node: ast.expr) -> str:
    """A default as a reader would write it: what a dataclass's ``field`` makes, and not how."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "field":
        for keyword in node.keywords:
            if keyword.arg == "default_factory":
                return f"{ast.unparse(keyword.value)}()".replace("list()", "[]").replace("dict()", "{}")
            if keyword.arg == "default":
                return ast.unparse(keyword.value)
    return ast.unparse(node)


# ---- docstrings as Markdown

_SECTIONS = {"Args:": "Takes:"}


def _docstring(node: ast.ClassDef | _Function) -> str:
    """A docstring with its sections as lists."""
    text = inspect.cleandoc(ast.get_docstring(node) or "")
    parts: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        head, _, rest = paragraph.partition("\n")
        if head.strip() in ("Args:", "Raises:", "Returns:", "Yields:"):
            items = re.split(r"\n(?=    \S)", "\n" + rest) if rest else []
            listed = [_item(item) for item in items if item.strip()]
            parts.append("\n".join([_SECTIONS.get(head.strip(), head.strip()), "", *listed]))
        else:
            parts.append(_wrapped(_prose(paragraph)))
    return "\n\n".join(part for part in parts if part)


def _item(item: str) -> str:
    name, colon, rest = item.strip().partition(": ")
    if not colon:
        return _wrapped(f"- {_prose(item)}", "  ")
    return _wrapped(f"- {', '.join(f'`{one.strip()}`' for one in name.split(','))}: {_prose(rest)}", "  ")


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _prose(text: str) -> str:
    """reStructuredText's marks as Markdown's, on one line."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"``\1``", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    return " ".join(text.split())


def _literal(docstring: str) -> str:
    """The drawing in a docstring, below its ``::``."""
    _, _, rest = docstring.partition("::\n\n")
    lines = []
    for line in rest.splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line[4:])
    return "\n".join(lines).strip()


if __name__ == "__main__":
    main()
