"""What runs twice: when the site is built, and in the reader's page.

These modules need the standard library and floors 0 to 5 of kerasbook only. The build calls them
for the first answer; the page loads the same files, unmodified, when the reader changes something.
So there is one piece of code for each answer, and one test.
"""
