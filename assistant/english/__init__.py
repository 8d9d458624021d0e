"""What the rules know of English: word lists, and patterns that say what is asked or what a sentence says.

All of it stands here, so that the code which uses it reads as code.
"""
