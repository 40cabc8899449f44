"""Running what `programs.resolve` found: as a container's first process, or beside it."""

from __future__ import annotations

import asyncio
import signal
from functools import lru_cache
from typing import TYPE_CHECKING

from grader.embedded.node.containers.call import Call, Command, empty
from grader.embedded.node.containers.commands.timing import seconds_of
from grader.embedded.node.containers.interactive import Session
from grader.embedded.node.containers.mains import FixedMain, Main, ServerMain, SleepMain, TaskMain
from grader.embedded.node.containers.programs import PythonCommand, Resolved, ShellScript, resolve
from grader.embedded.node.containers.servers import ServerFailure, make_server
from grader.embedded.node.containers.shell import Shell
from grader.embedded.node.images.image import FixedProgram, ServerSpec

if TYPE_CHECKING:
    from grader.embedded.node.containers.attached import AttachedInput
    from grader.embedded.node.containers.container import SimulatedContainer


def make_main(
    container: SimulatedContainer, resolved: Resolved, argv: tuple[str, ...], attached: AttachedInput | None
) -> Main:
    """The first process for what a command line resolved to."""
    lacking = _lacking_env(container, argv)
    if lacking is not None:
        return FixedMain(container, lacking)
    if isinstance(resolved, ServerSpec):
        answer = make_server(container, resolved, argv).answer_at_once(argv)
        return FixedMain(container, answer) if answer else ServerMain(container, resolved, argv)
    if isinstance(resolved, FixedProgram):
        return FixedMain(container, resolved)
    if isinstance(resolved, PythonCommand) and resolved.name == "sleep":
        try:
            return SleepMain(container, seconds_of(argv[1:]) if argv[1:] else 0.0)
        except ValueError:
            pass
    return _task_main(container, resolved, argv, attached)


def _task_main(
    container: SimulatedContainer, resolved: Resolved, argv: tuple[str, ...], attached: AttachedInput | None
) -> TaskMain:
    call = Call(
        container,
        argv,
        container.env,
        container.working_dir,
        attached.chunks() if attached else empty(),
        lambda data: container.emit("stdout", data),
        lambda data: container.emit("stderr", data),
        container.config.tty,
        main=True,
    )
    if not isinstance(resolved, ShellScript) or resolved.script is None:
        return TaskMain(container, lambda: run(call, resolved, has_input=attached is not None))
    shell = _shell(call)

    async def work() -> int:
        return await _script(call, shell, resolved, has_input=attached is not None)

    def signalled(number: int) -> None:
        shell.signal(signal.Signals(number).name.removeprefix("SIG"))

    return TaskMain(container, work, signalled)


async def run(call: Call, resolved: Resolved, *, has_input: bool = True) -> int:
    """Run to the end; the exit code."""
    if isinstance(resolved, ServerSpec):
        return await _serve(call, resolved)
    if isinstance(resolved, FixedProgram):
        await call.container.clock.sleep(resolved.seconds)
        await call.out(call.container.fill(resolved.stdout))
        await call.err(call.container.fill(resolved.stderr))
        return resolved.code
    if isinstance(resolved, PythonCommand):
        command = call.container.cat() if resolved.name == "cat" else call.container.command(resolved.name)
        assert command is not None
        try:
            return await command(call)
        except BrokenPipeError:
            return 141
    if resolved.script is None:
        return await Session(call, _shell(call)).run() if has_input or call.tty else 0
    return await _script(call, _shell(call), resolved, has_input=has_input)


async def _script(call: Call, shell: Shell, script: ShellScript, *, has_input: bool) -> int:
    assert script.script is not None
    stdin = call.stdin if has_input else None
    return await shell.run(script.script, args=script.args, stdin=stdin, stdout=call.stdout, stderr=call.stderr)


def _shell(call: Call) -> Shell:
    return Shell(call.container, call.env, call.cwd, tty=call.tty, main=call.main)


async def program_command(call: Call) -> int:
    """A program of the image, run from a shell."""
    resolved, argv = resolve(call.container, call.argv)
    return await run(call.with_argv(argv), resolved)


async def _serve(call: Call, spec: ServerSpec) -> int:
    """A server beside the first process, or in a shell that is it: until it is killed."""
    container = call.container

    def write(stream: str, data: bytes) -> None:
        if call.main:
            container.emit(stream, data)

    server = make_server(container, spec, call.argv, write)
    answer = server.answer_at_once(call.argv)
    if answer is not None:
        await call.out(answer.stdout)
        await call.err(answer.stderr)
        return answer.code
    try:
        await container.clock.sleep(spec.start_seconds)
        server.start()
    except ServerFailure as failure:
        await call.err(str(failure))
        return failure.code
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def signalled(number: int) -> None:
        if number == signal.SIGHUP:
            server.reload()
        elif not ended.done():
            ended.set_result(128 + number if spec.on_term is None else spec.on_term)

    with container.processes.running(" ".join(call.argv), signalled):
        try:
            return await ended
        finally:
            server.stop()


def _lacking_env(container: SimulatedContainer, argv: tuple[str, ...]) -> FixedProgram | None:
    """What an image prints that needs variables which are not set: databases that want a password."""
    spec = container.spec
    if not spec.requires_env or container.config.command or not argv:
        return None
    env = container.env
    if all(any(env.get(name) for name in group) for group in spec.requires_env):
        return None
    return FixedProgram(stderr=spec.requires_text, code=1, seconds=0.1)


@lru_cache(maxsize=1)
def _simulated() -> frozenset[str]:
    """What bashkit has itself."""
    from bashkit import Bash

    return frozenset(Bash().execute_sync("compgen -c").stdout.split())


def unsimulated(name: str) -> Command | None:
    """A command for tools that an image has and the simulation has not; None for those that bashkit has."""
    return None if name in _simulated() else _refuse


async def _refuse(call: Call) -> int:
    return await call.fail("not available in this simulated container", 126)
