"""The view "Settings": which models answer, what leaves the machine, where data lies, and how it was set.

Nothing is changed here but a visitor's own conversations. A key is never shown, only whether there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from typing import TYPE_CHECKING

from pydantic import SecretStr

from assistant.llm.clients import shown
from assistant.llm.model import ChatModel
from assistant.settings import Settings
from assistant.sources.web.services import SERVICES
from assistant.surfaces.markup import escape, linked
from assistant.surfaces.outgoing import where_data_goes, where_embedded

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_ADDRESSES = ("embedding_url", "chat_url")


def draw(desk: Desk, visit: Visit) -> str:
    parts = [
        _section("Models", _models(desk, visit)),
        _section(f"What leaves {'this machine' if desk.editing else 'the server'}", _outgoing(desk, visit)),
        _section("Your conversations", _conversations(desk)),
        _section("This library", _library(desk, visit)),
    ]
    if desk.editing:
        parts.append(_table(desk.assistant(visit).settings))
    return f'<section class="pt-settings"><h2>Settings</h2>{"".join(parts)}</section>'


def _section(heading: str, rows: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{html}</dd>" for name, html in rows)
    return f"<h3>{escape(heading)}</h3><dl>{listed}</dl>"


# ---- what is told to everybody


def _models(desk: Desk, visit: Visit) -> list[tuple[str, str]]:
    assistant = desk.assistant(visit)
    settings, model = assistant.settings, assistant.chain.model
    if model is None:
        answers = "No chat model: answers are quoted from the papers, or counted over them."
    else:
        unsupported = "left out" if settings.grounding == "strict" else "kept with a mark"
        answers = (
            f"<code>{escape(model.name)}</code>, {escape(model.where)}. Each sentence that it writes is checked "
            f"against the papers; one without support is {unsupported}."
        )
    embedding = assistant.library.store.model.name
    search = f"<code>{escape(embedding)}</code>, {escape(where_embedded(settings))}, beside a search for words."
    return [("Answers", answers), ("Search", search)]


def _outgoing(desk: Desk, visit: Visit) -> list[tuple[str, str]]:
    assistant = desk.assistant(visit)
    return [
        ("Papers and questions", _sent(desk, assistant.settings, assistant.chain.model)),
        ("Services", _services(desk)),
        ("This page", "It loads nothing from elsewhere and tells nobody of your visit."),
    ]


def _sent(desk: Desk, settings: Settings, model: ChatModel | None) -> str:
    said = where_data_goes(settings, model)
    where = "" if desk.editing else " “This machine” is the server that shows this page."
    return linked(f"{said[:1].upper()}{said[1:]}.{where}")


def _services(desk: Desk) -> str:
    """Which are asked, when, and as whom; the last is for whoever runs the page."""
    names = list(dict.fromkeys(service.name for service in SERVICES.values()))
    said = f"{', '.join(names[:-1])} and {names[-1]} are asked when somebody adds or updates papers from there."
    if not desk.editing:
        return f"{escape(said)} Visitors cannot do that here."
    email = desk.shelf.settings.email
    who = f"They are told the address {email}" if email else "They are told no address (PAPERTALK_EMAIL)"
    return escape(f"{said} {who}.")


def _conversations(desk: Desk) -> list[tuple[str, str]]:
    confirm = "Delete all conversations that you began in this browser, about all libraries, for good?"
    rows = [
        (
            "Kept",
            "On the server. A cookie tells yours from others': it holds a random name, and lasts a year. Other "
            "visitors see a conversation only where you share its link; whoever runs the server can read the file.",
        ),
        (
            "Delete",
            '<button type="button" class="pt-act" id="talks-delete-all" data-do="talks-delete-all" '
            f'data-confirm="{escape(confirm)}">Delete all my conversations</button>',
        ),
    ]
    if desk.editing:
        rows.append(("From a terminal", "Those that were begun there are listed too; each is deleted by itself."))
    return rows


def _library(desk: Desk, visit: Visit) -> list[tuple[str, str]]:
    assistant = desk.assistant(visit)
    changes = "You may add and remove papers, and decide who is who."
    reading = "Visitors may read and ask; whoever runs this page adds papers."
    rows = [
        ("Name", escape(assistant.library.name)),
        ("Changes", changes if desk.may_edit(visit) else reading),
    ]
    if desk.editing:
        rows.append(("Folder", f"<code>{escape(str(assistant.settings.data_dir))}</code>"))
    return [*rows, ("Version", f"Papertalk {escape(metadata.version('papertalk'))}")]


# ---- for whoever runs the server


def _table(settings: Settings) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(f'PAPERTALK_{name.upper()}')}</code></td>"
        f'<td class="pt-long">{_value(settings, name)}</td>'
        f'<td class="pt-prose">{escape(_meaning(field.description or ""))}</td></tr>'
        for name, field in Settings.model_fields.items()
    )
    return (
        '<h3>All settings</h3><p class="pt-note">They are read once, at the start: from the environment, else from '
        ".env, else from papertalk.toml in the folder where Papertalk was started.</p>"
        '<div class="pt-table" role="region" aria-label="All settings" tabindex="0"><table><thead><tr>'
        '<th scope="col">Setting</th><th scope="col">Now</th><th scope="col">What it sets</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _value(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if value is None:
        return "not set"
    if isinstance(value, SecretStr):
        return "set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"<code>{escape(shown(value) if name in _ADDRESSES else str(value))}</code>"


def _meaning(said: str) -> str:
    return " ".join(said.replace("``", "").replace("None:", "Not set:").split())
