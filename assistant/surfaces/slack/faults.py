"""What goes wrong at Slack's Web API, and what is said of it."""

from __future__ import annotations

from assistant.surfaces.messaging.replies import Undelivered

DOCUMENTED = "docs/slack.md"

REVOKED = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "user_removed_from_team"}
)
"""Errors after which no call with the same token will do."""

_PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "request_timeout", "service_unavailable"})
"""Errors of Slack's own making."""


class Refused(Undelivered):
    """Slack said no. ``reason`` is its word for why; ``retry_after`` seconds where it was asked too often, else 0."""

    def __init__(self, method: str, reason: str, wait: float = 0.0) -> None:
        super().__init__(fault_message(method, reason))
        self.reason = reason
        self.retry_after = wait

    @property
    def is_passing(self) -> bool:
        """Also where a token is revoked: the next start may have another."""
        return self.retry_after > 0 or self.reason in _PASSING or self.reason in REVOKED


class Unsure(Undelivered):
    """A call failed so that nobody knows whether Slack did what it asked for."""

    @property
    def is_passing(self) -> bool:
        return True


def fault_message(method: str, reason: str) -> str:
    """What is said where a call failed for good."""
    if reason in REVOKED:
        return f"Slack takes the bot token no more ({reason}); install the app again, as {DOCUMENTED} says."
    if reason in {"missing_scope", "not_allowed_token_type"}:
        return f"The Slack app may not call {method} ({reason}); give it the scopes of {DOCUMENTED}."
    if reason in {"not_in_channel", "channel_not_found"}:
        return f"Papertalk is not in that Slack channel ({method}: {reason}); invite it there."
    return f"Slack did not do {method} ({reason}); ask again later."
