"""How containers start, take signals, and end."""

from __future__ import annotations

import asyncio

import pytest

from grader.embedded.node.containers.runtime import SimulatedRuntime
from grader.embedded.node.runtime import ContainerConfig, StartError
from tests.embedded.node.containers.conftest import Maker, logged, run, until
from tests.embedded.node.manual_clock import ManualClock


async def test_a_command_that_is_not_there_is_a_start_error(make: Maker) -> None:
    with pytest.raises(StartError) as caught:
        await make("busybox", ["nosuch", "-x"])
    assert caught.value.message == (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        'unable to start container process: error during container init: exec: "nosuch": '
        "executable file not found in $PATH"
    )
    assert (caught.value.exit_code, caught.value.reason) == (128, "StartError")


async def test_a_path_that_is_not_there_is_named(make: Maker) -> None:
    with pytest.raises(StartError, match=r'exec: "/app/run": stat /app/run: no such file or directory'):
        await make("busybox", ["/app/run"])


async def test_an_image_that_the_node_lacks_makes_no_container(runtime: SimulatedRuntime) -> None:
    config = ContainerConfig("u", "p", "default", "c", "p", "10.244.0.9", "nginx:1.27")
    with pytest.raises(StartError, match=r'failed to get image "nginx:1\.27"'):
        runtime.create(config)


async def test_a_script_ends_with_its_own_code_and_its_output_is_logged(make: Maker) -> None:
    container = await make("busybox", ["sh", "-c", "echo out; echo err >&2; exit 7"])
    ended = await container.wait()
    assert (ended.code, ended.reason, ended.signal) == (7, "Error", None)
    assert [(line.stream, line.text) for line in container.logs.lines()] == [("stdout", b"out"), ("stderr", b"err")]


async def test_a_script_that_succeeds_is_completed(make: Maker) -> None:
    assert (await (await make("busybox", ["true"])).wait()).reason == "Completed"


async def test_a_shell_without_input_ends_at_once(make: Maker) -> None:
    assert (await (await make("ubuntu")).wait()).code == 0


async def test_sleep_follows_the_clusters_clock(make: Maker, clock: ManualClock) -> None:
    container = await make("busybox", ["sleep", "3600"])
    await clock.advance(3599)
    assert container.running
    await clock.advance(2)
    assert container.exit is not None
    assert container.exit.finished_at - container.exit.started_at == 3600


@pytest.mark.parametrize("command", [["sleep", "3600"], ["sh", "-c", "while true; do sleep 1; done"]])
async def test_a_first_process_without_a_handler_ignores_sigterm_and_is_killed(
    make: Maker, clock: ManualClock, command: list[str]
) -> None:
    container = await make("busybox", command)
    stopping = asyncio.ensure_future(container.stop(30))
    await clock.advance(29)
    assert container.running
    await clock.advance(2)
    await stopping
    assert container.exit is not None
    assert (container.exit.code, container.exit.signal, container.exit.reason) == (137, 9, "Error")


@pytest.mark.parametrize("image", ["nginx", "brianstorti/hellok8s:v1", "redis", "httpd"])
async def test_servers_stop_at_once_and_cleanly(make: Maker, clock: ManualClock, image: str) -> None:
    container = await make(image)
    stopping = asyncio.ensure_future(container.stop(30))
    await clock.advance(1)
    await stopping
    assert container.exit is not None
    assert (container.exit.code, container.exit.reason) == (0, "Completed")


async def test_a_trap_runs_when_the_command_in_front_is_done(make: Maker, clock: ManualClock) -> None:
    script = 'trap "echo bye; exit 3" TERM; while true; do echo tick; sleep 5; done'
    container = await make("busybox", ["sh", "-c", script])
    await until(lambda: logged(container) == ["tick"])
    stopping = asyncio.ensure_future(container.stop(30))
    await clock.advance(1)
    assert container.running
    await clock.advance(5)
    await until(lambda: not container.running)
    await stopping
    assert container.exit is not None
    assert container.exit.code == 3
    assert logged(container) == ["tick", "bye"]


async def test_a_trap_that_does_not_exit_lets_the_script_go_on(make: Maker, clock: ManualClock) -> None:
    script = "stop=0; trap 'stop=1' TERM; while [ $stop = 0 ]; do echo tick; sleep 1; done; echo cleaned; exit 4"
    container = await make("busybox", ["sh", "-c", script])
    await until(lambda: logged(container) == ["tick"])
    container.signal(15)
    await clock.advance(1)
    await until(lambda: not container.running)
    assert logged(container) == ["tick", "cleaned"]
    assert container.exit is not None
    assert container.exit.code == 4


async def test_a_trap_interrupts_wait(make: Maker) -> None:
    container = await make("busybox", ["sh", "-c", 'trap "echo bye; exit 5" TERM; echo up; sleep 3600 & wait'])
    await until(lambda: logged(container) == ["up"])
    await asyncio.sleep(0.02)
    container.signal(15)
    ended = await asyncio.wait_for(container.wait(), 5)
    assert ended.code == 5
    assert logged(container) == ["up", "bye"]


async def test_killing_process_one_from_inside_is_the_kernels_to_refuse(make: Maker, clock: ManualClock) -> None:
    sleeper = await make("busybox", ["sleep", "3600"])
    assert (await run(sleeper, "kill", "-9", "1")).code == 0
    assert (await run(sleeper, "kill", "1")).code == 0
    await clock.settle()
    assert sleeper.running
    server = await make("nginx")
    await run(server, "kill", "1")
    await clock.advance(1)
    assert server.exit is not None
    assert server.exit.code == 0


async def test_the_termination_message_is_what_was_written_to_its_file(make: Maker) -> None:
    container = await make("busybox", ["sh", "-c", "echo because > /dev/termination-log; exit 1"])
    assert (await container.wait()).message == "because\n"


async def test_too_much_memory_is_an_oom_kill(make: Maker, clock: ManualClock) -> None:
    args = ["--vm", "1", "--vm-bytes", "250M"]
    container = await make("polinux/stress", ["stress"], args, memory_limit=100 * 1024**2)
    await clock.advance(2)
    assert container.exit is not None
    assert (container.exit.code, container.exit.reason) == (137, "OOMKilled")


async def test_a_loop_that_runs_for_ever_can_be_killed(make: Maker) -> None:
    container = await make("busybox", ["sh", "-c", "i=0; while :; do i=$((i+1)); done"])
    await asyncio.sleep(0.02)
    container.kill()
    assert (await container.wait()).code == 137


async def test_a_database_without_its_password_says_so_and_ends(make: Maker, clock: ManualClock) -> None:
    container = await make("postgres")
    await clock.advance(1)
    assert container.exit is not None
    assert container.exit.code == 1
    assert "superuser password is not specified" in container.logs.tail_text()
    assert (await make("postgres", env={"POSTGRES_PASSWORD": "x"})).running


async def test_whoever_waits_for_the_end_is_told(make: Maker) -> None:
    container = await make("nginx")
    seen: list[int] = []
    container.on_exit(lambda how: seen.append(how.code))
    container.kill()
    container.on_exit(lambda how: seen.append(how.code))
    assert seen == [137, 137]


async def test_an_interactive_first_process_lives_on_its_attached_input(make: Maker) -> None:
    container = await make("busybox", stdin=True, stdin_once=True)
    await asyncio.sleep(0.01)
    assert container.running
    seen: list[bytes] = []

    async def typing() -> object:
        yield b"echo hello from $HOSTNAME\n"
        yield b"exit 3\n"

    code = await container.attach(stdin=typing(), stdout=seen.append, stderr=seen.append)  # type: ignore[arg-type]
    assert code == 3
    assert b"".join(seen) == b"hello from pod-0\n"
