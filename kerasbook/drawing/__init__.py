"""Tools for drawing: the base class of displays, themes, texts, grids and readers of user data.

Arrays, models and texts come in as users pass them; checked plain data and artists go out.
"""
