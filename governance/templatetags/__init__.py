"""Template tags of governance's pages."""
"""Template tags of governance."""
