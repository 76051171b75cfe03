"""The book: each module's docstring is a chapter, and each example in it runs."""
