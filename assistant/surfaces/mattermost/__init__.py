"""Mattermost: its slash command, answered where only its asker sees it, and its outgoing webhook, answered below the
post. Built on what all chat platforms share."""

from __future__ import annotations

from assistant.surfaces.mattermost.app import Mattermost, mattermost

__all__ = ["Mattermost", "mattermost"]
