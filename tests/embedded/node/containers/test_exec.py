"""Commands beside the first process: what they see, print and return."""

from __future__ import annotations

import asyncio

import pytest

from grader.embedded.node.containers.container import SimulatedContainer
from grader.embedded.node.containers.volumes import FileVolume
from grader.embedded.node.runtime import ExecError, Mount
from tests.embedded.node.containers.conftest import Maker, Ran, run, until
from tests.embedded.node.manual_clock import ManualClock


@pytest.fixture
async def box(make: Maker) -> SimulatedContainer:
    return await make("busybox:1.36", ["sleep", "3600"], name="box")


async def test_output_errors_and_the_exit_code_come_back(box: SimulatedContainer) -> None:
    assert await run(box, "sh", "-c", "echo out; echo err >&2; exit 7") == Ran(7, "out\n", "err\n")


async def test_a_command_that_is_not_there_is_runcs_error(box: SimulatedContainer) -> None:
    with pytest.raises(ExecError) as caught:
        await run(box, "nosuch")
    assert caught.value.exit_code == 127
    assert caught.value.message.endswith(
        "OCI runtime exec failed: exec failed: unable to start container process: "
        'exec: "nosuch": executable file not found in $PATH'
    )


async def test_files_are_shared_by_the_first_process_execs_and_probes(make: Maker) -> None:
    container = await make("busybox", ["sh", "-c", "touch /tmp/healthy; sleep 3600"])
    await until(lambda: container.read("/tmp/healthy") is not None)
    assert (await run(container, "cat", "/tmp/healthy")).code == 0
    assert (await run(container, "rm", "/tmp/healthy")).code == 0
    assert await run(container, "cat", "/tmp/healthy") == Ran(
        1, "", "cat: can't open '/tmp/healthy': No such file or directory\n"
    )


async def test_the_environment_is_the_containers_in_the_runtimes_order(make: Maker) -> None:
    container = await make("busybox", ["sleep", "9"], name="web", env={"MODE": "test"})
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert (await run(container, "env")).out == f"{path}\nHOSTNAME=web\nMODE=test\nHOME=/root\n"
    assert (await run(container, "sh", "-c", "echo $MODE $HOSTNAME $HOME")).out == "test web /root\n"
    assert "USER=" not in (await run(container, "sh", "-c", "env")).out


async def test_arguments_reach_the_command_exactly(box: SimulatedContainer) -> None:
    assert (await run(box, "echo", "a  b", "$HOME", "'q'", '"', "*")).out == "a  b $HOME 'q' \" *\n"
    assert (await run(box, "sh", "-c", 'echo "$0-$1-$2"', "zero", "one", "two words")).out.endswith("one-two words\n")


async def test_input_reaches_commands_and_scripts_as_bytes(box: SimulatedContainer) -> None:
    assert (await run(box, "cat", stdin=[b"one\n", b"two\n"])).out == "one\ntwo\n"
    await run(box, "sh", "-c", "cat > /tmp/x", stdin=[b"\x00\xff\n"])
    assert box.read("/tmp/x") == b"\x00\xff\n"


async def test_lines_on_standard_input_are_a_script(box: SimulatedContainer) -> None:
    lines = [b"cd /tmp\nx=5\nif true; then\n", b"echo $x $(pwd)\nfi\nexit 3\necho never\n"]
    assert await run(box, "sh", stdin=lines) == Ran(3, "5 /tmp\n", "")


async def test_a_terminal_echoes_prompts_and_edits(box: SimulatedContainer) -> None:
    ran = await run(box, "sh", stdin=[b"ecoh\x7f\x7fho hi\r", b"cd /tmp\r", b"\x04"], tty=True)
    assert ran.out == "/ # ecoh\b \b\b \bho hi\r\nhi\r\n/ # cd /tmp\r\n/tmp # \r\n"
    assert ran.code == 0


async def test_control_c_stops_what_runs(box: SimulatedContainer) -> None:
    out: list[bytes] = []
    typed: asyncio.Queue[bytes] = asyncio.Queue()

    async def keys() -> object:
        while True:
            yield await typed.get()

    work = asyncio.ensure_future(
        box.exec(["sh"], stdin=keys(), stdout=out.append, stderr=out.append, tty=True)  # type: ignore[arg-type]
    )
    typed.put_nowait(b"echo start; sleep 1000\r")
    await until(lambda: b"start\r\n" in b"".join(out))
    typed.put_nowait(b"\x03")
    await until(lambda: b"".join(out).endswith(b"^C\r\n/ # "))
    typed.put_nowait(b"exit 4\r")
    assert await asyncio.wait_for(work, 5) == 4


async def test_cancelling_an_exec_ends_its_command(box: SimulatedContainer, clock: ManualClock) -> None:
    work = asyncio.ensure_future(run(box, "sh", "-c", "sleep 100; touch /tmp/done"))
    await until(lambda: len(box.processes.rows()) > 1)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await clock.advance(200)
    assert box.read("/tmp/done") is None


async def test_the_end_of_the_container_ends_its_execs(box: SimulatedContainer) -> None:
    work = asyncio.ensure_future(run(box, "sh", "-c", "sleep 100"))
    await until(lambda: len(box.processes.rows()) > 1)
    box.kill()
    assert (await asyncio.wait_for(work, 5)).code == 137


async def test_shells_speak_as_their_images_do(make: Maker, box: SimulatedContainer) -> None:
    debian = await make("nginx")
    assert (await run(box, "sh", "-c", "nosuch")).err == "sh: nosuch: not found\n"
    assert (await run(debian, "sh", "-c", "nosuch")).err == "sh: 1: nosuch: not found\n"
    assert (await run(box, "ls", "/nosuch")).err == "ls: /nosuch: No such file or directory\n"
    assert (await run(debian, "ls", "/nosuch")).err == "ls: cannot access '/nosuch': No such file or directory\n"
    assert (await run(box, "sh", "-c", "if true; then")).code == 2


async def test_an_image_has_only_its_own_commands(make: Maker, box: SimulatedContainer) -> None:
    debian = await make("nginx")
    assert (await run(box, "sh", "-c", "curl x")).code == 127
    assert (await run(debian, "sh", "-c", "wget x")).code == 127
    with pytest.raises(ExecError, match="executable file not found"):
        await run(box, "curl", "x")
    with pytest.raises(ExecError, match="executable file not found"):
        await run(await make("hashicorp/http-echo", args=["-text=x"]), "sh")


async def test_tools_are_found_by_path_too(box: SimulatedContainer) -> None:
    assert (await run(box, "/bin/echo", "hi")).out == "hi\n"
    assert (await run(box, "sh", "-c", "/bin/echo hi && which ls")).out == "hi\n/bin/ls\n"


async def test_a_script_of_the_container_runs_by_its_first_line(box: SimulatedContainer) -> None:
    script = "printf '#!/bin/sh\\necho run $1\\n' > /tmp/s; chmod +x /tmp/s; printf x > /tmp/t"
    await run(box, "sh", "-c", script)
    assert (await run(box, "/tmp/s", "one")).out == "run one\n"
    with pytest.raises(ExecError, match="permission denied"):
        await run(box, "/tmp/t")


async def test_processes_are_listed_with_the_first_one_first(box: SimulatedContainer) -> None:
    ran = await run(box, "ps")
    assert ran.out.splitlines()[:2] == ["PID   USER     TIME  COMMAND", "    1 root      0:00 sleep 3600"]


async def test_the_user_is_the_pods_or_the_images(make: Maker, box: SimulatedContainer) -> None:
    assert (await run(box, "id")).out == "uid=0(root) gid=0(root) groups=0(root)\n"
    nobody = await make("busybox", ["sleep", "9"], user=65534)
    assert (await run(nobody, "whoami")).out == "nobody\n"
    stranger = await make("busybox", ["sleep", "9"], user=1000, group=3000)
    assert await run(stranger, "id", "-u") == Ran(0, "1000\n", "")
    assert await run(stranger, "whoami") == Ran(1, "", "whoami: unknown uid 1000\n")
    assert (await make("curlimages/curl", ["sleep", "9"])).user == (100, 101, [101])


async def test_time_is_the_clusters(box: SimulatedContainer, clock: ManualClock) -> None:
    assert (await run(box, "date", "+%s")).out == f"{int(clock.now())}\n"
    work = asyncio.ensure_future(run(box, "timeout", "5", "sleep", "100"))
    await clock.advance(6)
    assert (await work).code == 143


async def test_volumes_are_shared_updated_and_kept_apart(make: Maker) -> None:
    shared, config = FileVolume(), FileVolume({"app.conf": b"one"})
    mounts = [Mount("/data", shared), Mount("/etc/conf", config, read_only=True)]
    first = await make("busybox", ["sleep", "9"], mounts=mounts)
    second = await make("busybox", ["sleep", "9"], mounts=mounts[:1])
    await run(first, "sh", "-c", "echo hi > /data/x; mkdir /data/sub; echo deep > /data/sub/y")
    assert (await run(second, "cat", "/data/x", "/data/sub/y")).out == "hi\ndeep\n"
    assert (await run(first, "ls", "/etc/conf")).out == "app.conf\n"
    config.replace({"app.conf": b"two", "more": b""})
    assert (await run(first, "sh", "-c", "cat /etc/conf/app.conf; ls /etc/conf")).out == "twoapp.conf\nmore\n"
    assert "data" in (await run(first, "ls", "/")).out.split()
    assert (await run(second, "ls", "/etc/conf")).code != 0


async def test_a_read_only_mount_refuses_as_the_kernel_does(make: Maker) -> None:
    config = FileVolume({"a": b"1"})
    box = await make("busybox", ["sleep", "9"], mounts=[Mount("/conf", config, read_only=True)])
    ran = await run(box, "sh", "-c", "echo 2 > /conf/a; touch /conf/b")
    assert ran.err == "sh: can't create /conf/a: Read-only file system\ntouch: /conf/b: Read-only file system\n"
    assert config.read("a") == b"1"


async def test_a_read_only_root_still_has_writable_volumes(make: Maker) -> None:
    box = await make("busybox", ["sleep", "9"], read_only_root=True, mounts=[Mount("/data", FileVolume())])
    ran = await run(box, "sh", "-c", "echo x > /data/f && cat /data/f; touch /x || echo refused")
    assert ran.out == "x\nrefused\n"


async def test_a_sub_path_mounts_one_file_or_one_folder(make: Maker) -> None:
    volume = FileVolume({"nginx.conf": b"conf", "logs/a": b"log"})
    mounts = [Mount("/etc/app.conf", volume, "nginx.conf"), Mount("/logs", volume, "logs")]
    box = await make("busybox", ["sleep", "9"], mounts=mounts)
    other = await make("busybox", ["sleep", "9"], mounts=[Mount("/all", volume)])
    assert (await run(box, "sh", "-c", "cat /etc/app.conf; cat /logs/a; echo b > /logs/b")).out == "conflog"
    assert (await run(other, "cat", "/all/logs/b")).out == "b\n"


async def test_files_are_copied_in_and_out_by_tar(box: SimulatedContainer) -> None:
    await run(box, "sh", "-c", "mkdir -p /tmp/d; echo one > /tmp/d/a; printf '\\377\\000' > /tmp/d/b")
    out: list[bytes] = []
    assert await box.exec(["tar", "cf", "-", "/tmp/d"], stdout=out.append, stderr=out.append) == 0
    assert (await run(box, "tar", "-xmf", "-", "-C", "/home", stdin=[b"".join(out)])).code == 0
    assert box.read("/home/tmp/d/b") == b"\xff\x00"


async def test_listings_look_as_their_images_tools_print_them(make: Maker, box: SimulatedContainer) -> None:
    script = "mkdir -p /d/sub; echo one > /d/a; echo x > /d/.hidden; chmod 600 /d/a; ln -s a /d/link"
    await run(box, "sh", "-c", script)
    assert (await run(box, "ls", "/d")).out == "a\nlink\nsub\n"
    assert (await run(box, "ls", "-aF", "/d")).out == "./\n../\n.hidden\na\nlink\nsub/\n"
    lines = (await run(box, "ls", "-l", "/d")).out.splitlines()
    assert lines[0].startswith("total ")
    assert lines[1].startswith("-rw-------    1 root     root             4 ")
    assert lines[2].endswith(" link -> a")
    assert lines[3].startswith("drwxr-xr-x    1 root     root          4096 ")
    debian = await make("nginx", ["sleep", "9"])
    assert (await run(debian, "ls", "-l", "/etc/hostname")).out.startswith("-rw-r--r-- 1 root root    6 ")
    assert (await run(box, "ls", "-d", "/d", "/nosuch")).code == 1
    assert (await run(box, "sh", "-c", "cd /d && ls *")).out == "a\nlink\n\nsub:\n"


async def test_the_documentations_job_prints_pi(make: Maker) -> None:
    job = await make("perl:5.34.0", ["perl", "-Mbignum=bpi", "-wle", "print bpi(20)"])
    assert (await job.wait()).code == 0
    assert job.logs.tail_text() == "3.1415926535897932385\n"


async def test_a_terminal_cooks_the_input_of_other_commands(box: SimulatedContainer) -> None:
    ran = await run(box, "cat", stdin=[b"helo\x7flo\r", b"\x04"], tty=True)
    assert ran == Ran(0, "helo\b \blo\r\nhello\r\n", "")
    interrupted = await run(box, "sleep", "1000", stdin=[b"\x03"], tty=True)
    assert interrupted.code == 130
