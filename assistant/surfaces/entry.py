"""Where ``papertalk`` begins: what is missing of what it is made of is told in one sentence."""

from __future__ import annotations

import sys

_OURS = {"assistant", "vectorstore", "prompts", "examples", "app"}


def main() -> None:
    """Run the command line; exit code 1 where a package that it needs cannot be imported."""
    try:
        from assistant.surfaces.cli import main as run

        run()
    except ImportError as error:
        if (said := missing(error)) is None:
            raise
        print(f"Error: {said}", file=sys.stderr)
        raise SystemExit(1) from error


def missing(error: ImportError) -> str | None:
    """The sentence about a module of others that cannot be imported, and what helps; None of one of ours: a bug."""
    name = (error.name or "").partition(".")[0]
    if not name or name in _OURS:
        return None
    if name in sys.stdlib_module_names:
        return (
            f"This Python was built without its module {name!r}; use another one (from python.org, conda or uv), and "
            f"install Papertalk there."
        )
    return (
        f"The module {name!r}, which Papertalk needs, cannot be imported ({error}); run 'pip install papertalk' again, "
        f"in the Python that this runs in."
    )


if __name__ == "__main__":
    main()
