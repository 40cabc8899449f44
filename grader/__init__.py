"""Labyard: a container course that can be run and graded.

The rooms and which may import which are drawn in the README and held by import-linter.
"""

__version__ = "0.1.0"
