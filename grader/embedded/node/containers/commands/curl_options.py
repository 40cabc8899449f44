"""curl's command line (curl.se/docs/manpage.html): what it asks for, and which options are taken for nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

VERSION = "8.14.1"


@dataclass
class Options:
    """What a command line asks for."""

    urls: list[str] = field(default_factory=list)
    method: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    write_out: str = ""
    resolve: dict[str, str] = field(default_factory=dict)
    user: str = ""
    agent: str = f"curl/{VERSION}"
    timeout: float | None = None
    connect_timeout: float | None = None
    retries: int = 0
    retry_delay: float = 1.0
    retry_refused: bool = False
    flags: set[str] = field(default_factory=set)


class UsageError(Exception):
    """A command line that curl refuses, with its exit code."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code


_FLAGS = {
    "-s": "silent",
    "--silent": "silent",
    "-S": "show-error",
    "--show-error": "show-error",
    "-f": "fail",
    "--fail": "fail",
    "--fail-with-body": "fail-with-body",
    "-i": "include",
    "--include": "include",
    "--show-headers": "include",
    "-I": "head",
    "--head": "head",
    "-L": "location",
    "--location": "location",
    "-k": "insecure",
    "--insecure": "insecure",
    "-v": "verbose",
    "--verbose": "verbose",
    "-G": "get",
    "--get": "get",
    "-O": "remote-name",
    "--remote-name": "remote-name",
    "-N": "",
    "--no-buffer": "",
    "-4": "",
    "--ipv4": "",
    "-g": "",
    "-q": "",
    "--http1.1": "",
    "-#": "",
    "--progress-bar": "",
    "--compressed": "",
    "-n": "",
    "--no-progress-meter": "silent-meter",
    "--retry-connrefused": "retry-refused",
    "--retry-all-errors": "retry-refused",
}
_VALUES = {
    "-X": "method",
    "--request": "method",
    "-H": "header",
    "--header": "header",
    "-d": "data",
    "--data": "data",
    "--data-raw": "data",
    "--data-binary": "data",
    "--data-ascii": "data",
    "--data-urlencode": "data-urlencode",
    "--json": "json",
    "-o": "output",
    "--output": "output",
    "-w": "write-out",
    "--write-out": "write-out",
    "-m": "max-time",
    "--max-time": "max-time",
    "--connect-timeout": "connect-timeout",
    "--resolve": "resolve",
    "-u": "user",
    "--user": "user",
    "-A": "agent",
    "--user-agent": "agent",
    "--retry": "retry",
    "--retry-delay": "retry-delay",
    "--retry-max-time": "",
    "-e": "referer",
    "--url": "url",
    "--cacert": "",
    "--cert": "",
    "--key": "",
    "-b": "cookie",
    "-c": "",
    "--max-redirs": "",
    "--interface": "",
    "-T": "",
}


def parse_options(args: tuple[str, ...]) -> Options:
    """Read the command line. Raises UsageError."""
    options = Options()
    words = list(args)
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            if word in _FLAGS:
                options.flags.add(_FLAGS[word])
            elif word in _VALUES:
                _value(options, word, words)
            else:
                raise UsageError(f"option {word}: is unknown")
        elif word.startswith("-") and len(word) > 1:
            _letters(options, word, words)
        else:
            options.urls.append(word)
    if not options.urls:
        raise UsageError("(2) no URL specified")
    return options


def _letters(options: Options, word: str, words: list[str]) -> None:
    """Short options, joined ones included; the rest of a word is an option's value."""
    letters = word[1:]
    while letters:
        option, letters = f"-{letters[0]}", letters[1:]
        if option in _FLAGS:
            options.flags.add(_FLAGS[option])
        elif option in _VALUES:
            if letters:
                words.insert(0, letters)
            _value(options, option, words)
            return
        else:
            raise UsageError(f"option {word}: is unknown")


def _value(options: Options, word: str, words: list[str]) -> None:
    if not words:
        raise UsageError(f"option {word}: requires parameter")
    value = words.pop(0)
    kind = _VALUES[word]
    if kind == "header":
        name, _, text = value.partition(":")
        options.headers[name.strip()] = text.strip()
    elif kind in ("data", "data-urlencode"):
        options.data.append(_encoded(value) if kind == "data-urlencode" else value)
    elif kind == "json":
        options.data.append(value)
        options.headers.setdefault("Content-Type", "application/json")
        options.headers.setdefault("Accept", "application/json")
    elif kind == "output":
        options.output.append(value)
    elif kind == "resolve":
        host, _, rest = value.partition(":")
        port, _, address = rest.partition(":")
        options.resolve[f"{host}:{port}"] = address
    elif kind in ("max-time", "connect-timeout", "retry-delay", "retry"):
        _number(options, word, kind, value)
    elif kind == "url":
        options.urls.append(value)
    elif kind == "cookie":
        options.headers["Cookie"] = value
    elif kind == "referer":
        options.headers["Referer"] = value
    elif kind in ("method", "user", "agent"):
        setattr(options, kind, value)
    elif kind == "write-out":
        options.write_out = value


def _number(options: Options, word: str, kind: str, value: str) -> None:
    try:
        number = float(value)
    except ValueError:
        raise UsageError(f"option {word}: expected a proper numerical parameter") from None
    if kind == "retry":
        options.retries = int(number)
    elif kind == "retry-delay":
        options.retry_delay = number
    elif number > 0:
        setattr(options, "timeout" if kind == "max-time" else "connect_timeout", number)


def _encoded(value: str) -> str:
    name, equals, text = value.partition("=")
    return f"{name}={quote(text)}" if equals and name else quote(text or name)
