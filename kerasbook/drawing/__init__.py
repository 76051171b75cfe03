"""What pictures are drawn with: the base of displays, themes, text, grids, user data in one form.

Arrays, models and texts come in as users pass them; checked plain data and artists go out.
"""
