"""Does a passage support a sentence? Statements read, checks made, the span that proves it, a second opinion."""
