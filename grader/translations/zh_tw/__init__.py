"""Traditional Chinese as written in Taiwan. Terms that practitioners keep in English stay English."""

from __future__ import annotations

from grader.translations.zh_tw import findings, objects, verbs

SENTENCES: dict[str, str] = {**findings.SENTENCES, **objects.SENTENCES, **verbs.SENTENCES}
