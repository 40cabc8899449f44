"""The API over HTTP: paths, formats, streams. What a verb means is decided in `machinery`, not here."""
