"""The book: what a network made with Keras consists of, from one neuron to a trained classifier.

It asks for school arithmetic and a little Python, and for nothing else: each word of the field is
explained where it is first needed. Read the chapters in their order, since each uses only what
came before.

Each chapter is the docstring of a module of this package, so `help(kerasbook.book.line)` shows
the same text as the site. What stands behind a `>>>` can be typed into Python; what follows it is
what the library answered when the site was built. Begin a session with the two imports that all
chapters share:

>>> import keras
>>> import kerasbook as kb

Every chapter ends with exercises. Work each one out on paper before you open its answer: the
answer is computed, so it does not lie, but it teaches only those who guessed first.
"""
