"""Papertalk over HTTP: the page, REST, OpenAI's form and MCP from one process, behind one guard.

``application`` puts everything together; ``service`` is what all of it shares. ``guard`` stands before it, with
``limits``, ``login`` and ``callers``; ``api``, ``openai_api`` and ``mcp_server`` translate requests; ``health``,
``metrics``, ``logs`` and ``tracing`` show what goes on.
"""
