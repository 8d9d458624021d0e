"""What OpenAI's clients send -> a question with its history, or texts to embed.

Fields that cannot matter to an answer made of papers (``temperature``, ``max_tokens``, ``seed``, ``stop``, ``user`` and
their like) are read past. What would promise something that is not done is refused.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.answers import Turn
from assistant.surfaces.serve.openai_api.failures import Refused

MOST_TEXTS = 256
"""Texts that are embedded by one request."""
_MOST_MESSAGES = 1_000

# What messages.as_message() puts around an answer's text, which a client sends back as a part of the conversation.
_BEFORE = re.compile(r"\A\*Understood as: [^\n]*\*\n\n")
_BEHIND = re.compile(r"\n\n(?:\| |\*\*References\*\*\n|\*Note: |\*Shown are ).*\Z", re.DOTALL)


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Part(_Read):
    """A part of a message; ``text`` alone is read."""

    type: str
    text: str | None = None
    refusal: str | None = None


class Message(_Read):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    def text(self, place: int) -> str:
        """Its text, the parts a line each.

        Raises:
            Refused: it holds an image, a sound or a file.
        """
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        for number, part in enumerate(self.content):
            if part.type not in ("text", "input_text", "output_text", "refusal"):
                raise Refused(
                    f"A message may hold text alone, and this one holds {part.type[:40]!r}; leave it out.",
                    f"messages.{place}.content.{number}.type",
                    "unsupported_content",
                )
        return "\n".join(part.text or part.refusal or "" for part in self.content)


class StreamOptions(_Read):
    include_usage: bool = False


class ResponseFormat(_Read):
    type: str


class ChatRequest(_Read):
    """The body of ``POST /v1/chat/completions``. ``papertalk`` asks for the whole answer beside its text."""

    model: Annotated[str, Field(max_length=200, examples=["papertalk"])]
    messages: Annotated[
        list[Message],
        Field(
            min_length=1,
            max_length=_MOST_MESSAGES,
            examples=[[{"role": "user", "content": "Which datasets did they introduce?"}]],
        ),
    ]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    tool_choice: Any = None
    function_call: Any = None
    response_format: ResponseFormat | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    modalities: list[str] | None = None
    audio: Any = None
    papertalk: bool = False

    def refuse_the_impossible(self) -> None:
        """
        Raises:
            Refused: it asks for what an answer from papers is not.
        """
        called = [value for value in (self.tool_choice, self.function_call) if value not in (None, "none", "auto")]
        impossible = {
            "n": (self.n not in (None, 1), "there is one answer; leave 'n' out"),
            "tool_choice": (bool(called), "it calls no tools; leave 'tool_choice' out"),
            "response_format": (
                self.response_format is not None and self.response_format.type != "text",
                "it answers in Markdown; leave 'response_format' out, or set 'papertalk' to true for JSON",
            ),
            "logprobs": (bool(self.logprobs or self.top_logprobs), "it knows no log probabilities; leave them out"),
            "modalities": (
                self.audio is not None or any(way != "text" for way in self.modalities or ()),
                "it answers in text alone; leave 'audio' and 'modalities' out",
            ),
        }
        for param, (is_asked, why) in impossible.items():
            if is_asked:
                raise Refused(f"Papertalk cannot do this: {why}.", param, "unsupported_parameter")

    def asking(self) -> tuple[str, list[Turn]]:
        """The question, which is the last message of the user, and the turns before it, oldest first.

        Messages of the system and of the developer are read past: an answer is what the papers say, whatever it is
        told to say. So are those of tools, and what follows the question.

        Raises:
            Refused: nobody asks anything.
        """
        said = [(message.role, message.text(place)) for place, message in enumerate(self.messages)]
        last = max((place for place, (role, _) in enumerate(said) if role == "user"), default=None)
        if last is None:
            raise Refused("There is no message of the role 'user' to answer; add one.", "messages", "missing_question")
        turns: list[Turn] = []
        for role, text in said[:last]:
            if role == "user" and text.strip():
                turns.append({"role": "user", "content": text})
            elif role == "assistant" and text.strip():
                turns.append({"role": "assistant", "content": _answer_alone(text)})
        return said[last][1], turns


def _answer_alone(content: str) -> str:
    """An answer that was given here, without the list of references and what else stood around it."""
    return _BEHIND.sub("", _BEFORE.sub("", content))


class EmbeddingsRequest(_Read):
    """The body of ``POST /v1/embeddings``."""

    model: Annotated[str, Field(max_length=400)]
    input: Annotated[Any, Field(examples=[["A text.", "Another one."]])]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None

    def texts(self) -> list[str]:
        """
        Raises:
            Refused: it holds tokens, nothing, an empty text, or too much.
        """
        given = [self.input] if isinstance(self.input, str) else self.input
        if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
            raise Refused(
                "The input must be a text or a list of texts; token ids mean something to one tokenizer alone "
                "(in LangChain, set check_embedding_ctx_length=False).",
                "input",
                "unsupported_input",
            )
        if not given or not all(text.strip() for text in given):
            raise Refused("The input holds no text, or an empty one; leave it out.", "input", "empty_input")
        if len(given) > MOST_TEXTS:
            raise Refused(
                f"The input holds {len(given):,} texts, and one request takes {MOST_TEXTS}; send several.",
                "input",
                "too_many_inputs",
            )
        return [text.encode("utf-8", "replace").decode() for text in given]
