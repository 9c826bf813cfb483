"""How values become words and HTML: pure functions behind the `concord` template tags."""
