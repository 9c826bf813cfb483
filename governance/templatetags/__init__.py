"""Template tags of governance's pages."""
