"""The file formats of models, read without trust: zip archives, HDF5, JSON; nothing in them runs.

A path or bytes come in. What goes out is plain data within stated bounds, or a `SourceError`.
"""
