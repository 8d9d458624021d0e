"""What leaves this machine, in words: to be kept, to embed, to answer, and to be watched."""

from __future__ import annotations

from assistant.llm.clients import is_loopback, shown
from assistant.llm.model import ChatModel
from assistant.settings import Settings

_NOTHING = "nothing leaves this machine"


def where_data_goes(settings: Settings, model: ChatModel | None) -> str:
    """What the two models, a Chroma server and a collector are sent, and where they are. ``model`` is the one that
    answers, if one does."""
    sent = (
        _sent_to_embed(settings),
        model and _sent_to_answer(model),
        _sent_to_keep(settings),
        _sent_to_watch(settings),
    )
    places = [place for place in sent if place]
    if all(place.startswith(_NOTHING) for place in places):
        return places[0]
    return "; ".join(place for place in places if place != _NOTHING)


def where_embedded(settings: Settings) -> str:
    """Where the embedding model runs, for people."""
    name, url = settings.embedding_model, settings.embedding_url
    if ":" not in name or name.startswith("fastembed:"):
        return "in this process"
    return f"at {shown(url)}" if url else f"at the provider {name.partition(':')[0]!r}"


def _sent_to_embed(settings: Settings) -> str:
    name, url = settings.embedding_model, settings.embedding_url
    if ":" not in name:
        return _NOTHING
    if is_loopback(url):
        return f"papers and questions go to {shown(url)} on this machine, to be embedded"
    if name.startswith("fastembed:"):
        return f"{_NOTHING}; the embedding model is downloaded once"
    return f"papers and questions are sent to {shown(url) or name.partition(':')[0]} to be embedded by {name!r}"


def _sent_to_keep(settings: Settings) -> str:
    url = settings.chroma_url
    if url is None:
        return ""
    if is_loopback(url):
        return f"papers are kept by the Chroma server {shown(url)} on this machine"
    return f"papers are kept by the Chroma server {shown(url)}"


def _sent_to_watch(settings: Settings) -> str:
    url = settings.otel_endpoint
    return f"a server sends times and counts, without questions, to {shown(url)}" if url else ""


def _sent_to_answer(model: ChatModel) -> str:
    if model.where == "in this process":
        return _NOTHING
    what = "titles, abstracts, questions and conversations"
    if model.is_local:
        return f"{what} go to the chat model {model.where} on this machine"
    return f"{what} are sent to the chat model {model.where}"
