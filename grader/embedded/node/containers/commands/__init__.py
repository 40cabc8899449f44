"""Commands written in Python: those that need the cluster's clock, network or processes, or that bashkit lacks.

`COMMANDS` is the one table that names them; an image has those of its command set. Everything else that an image
brings is bashkit's own.
"""

from __future__ import annotations

from grader.embedded.node.containers.call import Command
from grader.embedded.node.containers.commands import (
    archives,
    curl,
    environment,
    identity,
    listing,
    names,
    packages,
    perl,
    processes,
    reading,
    serving,
    sockets,
    stores,
    stress,
    system,
    timing,
    wget,
)

COMMANDS: dict[str, Command] = {
    **archives.COMMANDS,
    **curl.COMMANDS,
    **environment.COMMANDS,
    **identity.COMMANDS,
    **listing.COMMANDS,
    **names.COMMANDS,
    **packages.COMMANDS,
    **perl.COMMANDS,
    **processes.COMMANDS,
    **reading.COMMANDS,
    **serving.COMMANDS,
    **sockets.COMMANDS,
    **stores.COMMANDS,
    **stress.COMMANDS,
    **system.COMMANDS,
    **timing.COMMANDS,
    **wget.COMMANDS,
}

_BUILTIN_WORDS = """
! . : [ [[ ]] { } alias bg bind break builtin caller case cd command compgen complete compopt continue coproc
declare dirs disown do done echo elif else enable esac eval exec exit export false fc fg fi for function getopts
hash help history if in jobs let local mapfile popd printf pushd pwd read readarray readonly return select set shift
shopt source test then time times trap true type typeset ulimit umask unalias unset until wait while
"""
BUILTINS = frozenset(_BUILTIN_WORDS.split())
"""What belongs to the shell's language and is there whatever the image has."""
