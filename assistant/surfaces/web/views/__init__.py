"""What the page shows: one module a part of it, each from a visit to HTML. No function here changes anything."""
