"""Show: the browser side."""
