"""Measurements of Labyard beside alternatives, taken in one run: `./test -s bench`."""
