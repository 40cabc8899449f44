"""Traditional Chinese as written in Taiwan. Terms that practitioners keep in English stay English."""

from __future__ import annotations

SENTENCES: dict[str, str] = {}
