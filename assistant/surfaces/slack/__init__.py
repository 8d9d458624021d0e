"""Slack: its events and clicks as questions and commands, answers as its messages. Built on Bolt for Python, which is
imported when the surface is made."""
