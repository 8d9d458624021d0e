"""What a benchmark's arguments must be: refused in one sentence before anything is measured."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def existing_file(text: str) -> Path:
    """A file that is there, as a type of argparse's."""
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return Path(text)


def existing_folder(text: str) -> Path:
    """A folder that is there."""
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return Path(text)


def beir_folder(split: str) -> Callable[[str], Path]:
    """A folder in BEIR's layout, with the judgements of that split."""

    def folder(text: str) -> Path:
        for name in ("corpus.jsonl", "queries.jsonl", f"qrels/{split}.tsv"):
            if not (existing_folder(text) / name).is_file():
                raise argparse.ArgumentTypeError(f"the folder {text!r} has no {name!r}")
        return Path(text)

    return folder


def positive_number(text: str) -> int:
    """A whole number of one or more."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of one or more")
    return number


def positive_time(text: str) -> float:
    """A time above zero, in whatever unit."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no time above zero")
    return number
