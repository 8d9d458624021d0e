"""Plans as a chat model writes them."""

from __future__ import annotations

import json
from typing import Any

OPEN = "Has anybody followed jellyfish around?"
"""A question that the rules would look up."""


def plan_of_model(**fields: Any) -> str:
    """A model's plan that looks the open question up, but for these fields."""
    plan: dict[str, Any] = {
        "intent": "look_up",
        "standalone_question": OPEN,
        "subject": "papers",
        "since": None,
        "until": None,
        "categories": [],
        "has_code": None,
        "authors": [],
        "first_authors": [],
        "mentions": [],
        "introduces": [],
        "topic": None,
        "group_by": [],
        "pick": None,
        "limit": None,
    }
    assert fields.keys() <= plan.keys()
    return json.dumps({**plan, **fields})
