"""What was asked, answered and thought of it, on disk."""
