"""What all chat platforms share: questions noted on disk and answered once, the memory of threads, what a channel has
set, and commands. It knows no platform: an adapter brings :class:`events.Question` and shows :class:`replies.Reply`."""
