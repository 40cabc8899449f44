"""Images: what is known of them, how a reference names one, and how a registry refuses.

Nothing here runs anything: `containers/` reads an `Image` and acts on it. New images are data files, not code.
"""
