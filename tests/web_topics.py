"""What tests that draw the page's views need at their end: nobody looks for topics in a library that is closed."""

from __future__ import annotations

import threading


def wait_for_topics() -> None:
    """Until all topics that a view has asked for are found."""
    for thread in threading.enumerate():
        if thread.name.startswith("topics of "):
            thread.join()
