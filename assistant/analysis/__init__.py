"""What is worked out over all papers at once: what they bring, who wrote them, what they are about."""
