"""From a command line to what runs: a program of the image, a command, a shell with a script, or nothing at all.

The failures are runc's: a name that is on no PATH, a path that is not there, a file that is not executable.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.embedded.node.containers.files import TOOL_FOLDERS
from grader.embedded.node.images.image import FixedProgram, ServerSpec

if TYPE_CHECKING:
    from grader.embedded.node.containers.container import SimulatedContainer

SHELLS = frozenset({"sh", "ash", "bash", "dash"})
_WORDS = re.compile(r"(?:exec )?[A-Za-z0-9_./:@%+,\-=' \"]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


class ProgramError(Exception):
    """A command line that cannot be run; the text follows `unable to start container process: `."""

    def __init__(self, message: str, code: int = 127) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class ShellScript:
    """A shell with what it is to run: a script, or what comes on standard input."""

    script: str | None
    args: tuple[str, ...] = ()
    interactive: bool = False
    direct: bool = False
    """Whether it stands for a command that bashkit has built in, rather than for a shell."""


@dataclass(frozen=True, slots=True)
class PythonCommand:
    """A command of the `commands` room."""

    name: str


Resolved = ShellScript | PythonCommand | ServerSpec | FixedProgram


def resolve(container: SimulatedContainer, argv: tuple[str, ...]) -> tuple[Resolved, tuple[str, ...]]:
    """What a command line runs, and the command line it then has. Raises ProgramError."""
    if not argv:
        raise ProgramError("no command specified", 128)
    name = _program_name(container, argv[0])
    if name is None:
        return _script_file(container, argv)
    program = container.spec.programs.get(name)
    if isinstance(program, ServerSpec) and program.kind == "wrapper":
        return _unwrap(container, program, argv)
    if program is not None:
        return program, argv
    if name == "busybox" and len(argv) > 1:
        return resolve(container, argv[1:])
    if name in SHELLS:
        return _shell(container, argv)
    if container.command(name) is not None:
        return PythonCommand(name), (name, *argv[1:])
    if name == "cat" and len(argv) > 1 and not any(word.startswith("-") for word in argv[1:]):
        return PythonCommand(name), argv
    return ShellScript(shlex.join((name, *argv[1:])), direct=True), argv


def _program_name(container: SimulatedContainer, word: str) -> str | None:
    """The tool or program that a word names, or None for a file of its own. Raises ProgramError."""
    folder, slash, name = word.rpartition("/")
    if not slash:
        if word in container.tools:
            return word
        for place in container.env.get("PATH", "").split(":"):
            if place and container.files.read(f"{place}/{word}") is not None:
                return None
        raise ProgramError(f'exec: "{word}": executable file not found in $PATH')
    if name in container.spec.programs or (name in container.tools and (folder or "/") in TOOL_FOLDERS):
        return name
    path = word if word.startswith("/") else f"{container.working_dir}/{word}"
    if container.files.read(path) is not None:
        return None
    if container.files.is_folder(path):
        raise ProgramError(f'exec: "{word}": is a directory', 126)
    raise ProgramError(f'exec: "{word}": stat {word}: no such file or directory')


def _script_file(container: SimulatedContainer, argv: tuple[str, ...]) -> tuple[Resolved, tuple[str, ...]]:
    """A script of the container: run by its interpreter."""
    path = argv[0]
    if "/" not in path:
        places = container.env.get("PATH", "").split(":")
        path = next(f"{place}/{path}" for place in places if container.files.read(f"{place}/{path}") is not None)
    absolute = path if path.startswith("/") else f"{container.working_dir}/{path}"
    if not container.files.executable(absolute):
        raise ProgramError(f'exec: "{argv[0]}": permission denied', 126)
    text = (container.files.read(absolute) or b"").decode("utf-8", "replace")
    first = text.partition("\n")[0]
    if not first.startswith("#!"):
        raise ProgramError(f"exec {argv[0]}: exec format error", 126)
    interpreter = first[2:].split() or [""]
    if interpreter[0].endswith("/env") and len(interpreter) > 1:
        interpreter = interpreter[1:]
    if interpreter[0].rpartition("/")[2] not in SHELLS & container.tools:
        raise ProgramError(f"exec {argv[0]}: no such file or directory")
    return ShellScript(text, argv[1:]), argv


def _unwrap(
    container: SimulatedContainer, program: ServerSpec, argv: tuple[str, ...]
) -> tuple[Resolved, tuple[str, ...]]:
    """An entrypoint script that prepares and then becomes what follows it."""
    rest = argv[1:]
    default = program.settings.get("default")
    if default and (not rest or rest[0].startswith("-")):
        rest = (default, *rest)
    return resolve(container, rest or container.spec.command)


def _shell(container: SimulatedContainer, argv: tuple[str, ...]) -> tuple[Resolved, tuple[str, ...]]:
    words = list(argv[1:])
    flags = ""
    while words and words[0][:1] in "-+" and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        if word == "-o" and words:
            words.pop(0)
        elif not word.startswith("--"):
            flags += word[1:]
    if "c" in flags:
        if not words:
            raise ProgramError("sh: -c requires an argument", 2)
        return _command_string(container, argv, words[0], tuple(words[2:]), flags)
    if not words:
        return ShellScript(None, interactive=True), argv
    path = words[0] if words[0].startswith("/") else f"{container.working_dir}/{words[0]}"
    data = container.files.read(path)
    if data is None:
        text = f"echo {shlex.quote(f'{argv[0]}: 0: cannot open {words[0]}: No such file')} >&2; exit 2"
        if container.shell_kind == "ash":
            text = (
                f"echo {shlex.quote(f'''{argv[0]}: can't open '{words[0]}': No such file or directory''')} >&2; exit 2"
            )
        return ShellScript(text), argv
    return ShellScript(_options(flags) + data.decode("utf-8", "replace"), tuple(words[1:])), argv


def _command_string(
    container: SimulatedContainer, argv: tuple[str, ...], script: str, args: tuple[str, ...], flags: str
) -> tuple[Resolved, tuple[str, ...]]:
    """`sh -c`: a single plain command needs no shell, as a shell that only replaces itself."""
    if _WORDS.fullmatch(script) and not _ASSIGNMENT.match(script):
        try:
            words = tuple(shlex.split(script.removeprefix("exec ")))
            if words and words[0].rpartition("/")[2] not in SHELLS:
                resolved, line = resolve(container, words)
                if not isinstance(resolved, ShellScript):
                    return resolved, line
        except (ValueError, ProgramError):
            pass
    return ShellScript(_options(flags) + script, args), argv


def _options(flags: str) -> str:
    """`set` for the options that a shell was started with."""
    letters = "".join(letter for letter in "exu" if letter in flags)
    return f"set -{letters}\n" if letters else ""
