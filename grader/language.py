"""Sentences in the learner's language.

A `Text` is an English sentence with its values, translated when it is shown: a finding made once can be printed in any
language. The English template is the key of the tables in `grader/translations/`; a test holds that every template in
the code has its translation with the same placeholders. Not here: the labs' own texts, which have overlays.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

LANGUAGES = ("en", "zh-TW")


@dataclass(frozen=True)
class Text:
    """An English template, `{name}` for values. Values that are texts themselves are translated with it."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def render(self, language: str = "en") -> str:
        """The sentence in `language`; in English where it has no translation."""
        template = _table(language).get(self.template, self.template)
        if not self.values:
            return template
        return template.format_map({name: render(value, language) for name, value in self.values.items()})

    def __str__(self) -> str:
        return self.render()


def text(template: str, **values: Any) -> Text:
    """A sentence with values: `text("{n} pods run", n=3)`. Braces meant literally are doubled only if it has values."""
    return Text(template, values)


def counted(number: int, one: str, many: str, **values: Any) -> Text:
    """The singular or the plural of a sentence: `counted(n, "1 pod", "{n} pods")`."""
    return Text(one if number == 1 else many, {"n": number, **values})


def listed(items: list[Any]) -> Text:
    """A list in a sentence: `a, b and c`. Long lists are cut after six items."""
    if len(items) > 6:
        return Text("{items} and {n} more", {"items": ", ".join(map(str, items[:5])), "n": len(items) - 5})
    if len(items) < 2:
        return Text("{items}", {"items": items[0] if items else Text("nothing")})
    return Text("{items} and {last}", {"items": ", ".join(map(str, items[:-1])), "last": items[-1]})


def render(message: Any, language: str = "en") -> Any:
    """A message as shown: texts translated, anything else as it is."""
    return message.render(language) if isinstance(message, Text) else message


def chosen_language(option: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The language to speak: the option, LABYARD_LANG, or the locale's (LC_ALL, LC_MESSAGES, LANG)."""
    for wish in (option, *(environ.get(name) for name in ("LABYARD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))):
        if wish:
            return match_language(wish) or "en"
    return "en"


def match_language(name: str) -> str | None:
    """The language we speak for a locale's name: `zh_TW.UTF-8` is zh-TW. None when it is none of ours."""
    tag = name.split(".")[0].split("@")[0].replace("_", "-").lower()
    if tag.startswith(("zh-tw", "zh-hant", "zh-hk")) or tag == "zh":
        return "zh-TW"
    return "en" if tag.startswith("en") or tag in ("c", "posix") else None


@cache
def _table(language: str) -> Mapping[str, str]:
    if language == "en" or language not in LANGUAGES:
        return {}
    module = import_module(f"grader.translations.{language.lower().replace('-', '_')}")
    table: Mapping[str, str] = module.SENTENCES
    return table
