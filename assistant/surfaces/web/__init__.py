"""The web chat: a page of Gradio over the libraries of a data folder.

``page`` makes it a part of what is served, ``blocks`` lays it out, ``visit`` holds what one visitor sees and ``desk``
what all visitors share. ``asking`` streams answers, ``actions`` do what is clicked, and ``views`` are what is shown:
functions from a visit to HTML. Gradio is imported where the page is built.
"""

from __future__ import annotations
