"""A chat model by name: its client, time-outs and retries, what fails, and what it says."""
