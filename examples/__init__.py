"""Papers to try Papertalk with. Each folder's README says where they come from."""

from pathlib import Path

SAMPLE = Path(__file__).parent / "xu_han" / "profile.txt"
"""The profile page of one author."""
