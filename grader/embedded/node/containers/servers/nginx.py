"""nginx as a process: its configuration from the container's files, starting, testing, reloading."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from grader.embedded.network.http import HttpListener, Listener
from grader.embedded.node.containers.servers.base import Server, ServerFailure
from grader.embedded.node.containers.servers.nginx_answers import Responder, stamp
from grader.embedded.node.containers.servers.nginx_config import Config, ConfigError, parse_config
from grader.embedded.node.images.image import FixedProgram, Image

_CONFIG = "/etc/nginx/nginx.conf"


class NginxServer(Server):
    """nginx as the master process runs it."""

    _config: Config | None = None

    def answer_at_once(self, argv: Sequence[str]) -> FixedProgram | None:
        version = self.container.spec.version
        if "-v" in argv or "-V" in argv:
            return FixedProgram(stderr=f"nginx version: nginx/{version}\n")
        if "-h" in argv or "-?" in argv:
            return FixedProgram(
                stderr=f"nginx version: nginx/{version}\nUsage: nginx [-?hvVtTq] [-s signal] [-c filename]\n"
            )
        if "-t" in argv or "-T" in argv:
            return self._test()
        if "-s" in argv[:-1]:
            return self._send(argv[argv.index("-s") + 1])
        return None

    def ports(self) -> list[int]:
        config = self._load()
        return sorted({port for server in config.servers for port in server.ports})

    def listener(self, port: int) -> Listener:
        tls = any(server.tls for server in self._load().servers if port in server.ports)
        responder = Responder(self.container, self._load, self.log)
        return HttpListener(lambda request: responder.answer(port, request), tls=tls)

    def start(self) -> None:
        emergency = stamp(self.container, "emerg")
        self.in_use = f"{emergency}bind() to 0.0.0.0:{{port}} failed (98: Address already in use)\n"
        try:
            self._load()
        except ConfigError as error:
            raise ServerFailure(f"{emergency}{error}\nnginx: [emerg] {error}\n") from None
        super().start()
        begin = stamp(self.container, "notice")
        told = ('using the "epoll" event method', f"nginx/{self.container.spec.version}", "start worker processes")
        self.log("\n".join(begin + text for text in told), "stderr")

    def reload(self) -> None:
        """Read the configuration anew; one that is wrong leaves the old one in force."""
        self.log(stamp(self.container, "notice") + "signal 1 (SIGHUP) received, reconfiguring", "stderr")
        before = self._config
        self._config = None
        try:
            self._load()
        except ConfigError as error:
            self._config = before
            self.log(f"{stamp(self.container, 'emerg')}{error}", "stderr")
            return
        self.stop()
        self.listen()

    def _load(self) -> Config:
        if self._config is None:
            path = self.argv[self.argv.index("-c") + 1] if "-c" in self.argv[:-1] else _CONFIG
            if path == _CONFIG and self.container.files.untouched("/etc/nginx"):
                self._config = _image_config(self.container.spec)
            else:
                self._config = parse_config(path, self._files)
        return self._config

    def _files(self, path: str) -> list[tuple[str, str]]:
        files = self.container.files
        folder = path.rpartition("/")[0]
        names = [f"{folder}/{name}" for name in files.listing(folder)] if "*" in path else [path]
        found = [(name, files.read(name)) for name in _matching(names, path)]
        return [(name, data.decode("utf-8", "replace")) for name, data in found if data is not None]

    def _test(self) -> FixedProgram:
        try:
            self._load()
        except ConfigError as error:
            return FixedProgram(
                stderr=f"nginx: [emerg] {error}\nnginx: configuration file {_CONFIG} test failed\n", code=1
            )
        return FixedProgram(
            stderr=f"nginx: the configuration file {_CONFIG} syntax is ok\n"
            f"nginx: configuration file {_CONFIG} test is successful\n"
        )

    def _send(self, word: str) -> FixedProgram:
        """`nginx -s`: a signal to the master, which is the container's first process."""
        numbers = {"reload": 1, "stop": 15, "quit": 3, "reopen": 10}
        if word not in numbers:
            return FixedProgram(stderr=f'nginx: invalid option: "-s {word}"\n', code=1)
        tested = self._test()
        if tested.code:
            return FixedProgram(stderr=tested.stderr.partition("\n")[0] + "\n", code=1)
        self.container.processes.signal(1, numbers[word])
        return FixedProgram(stderr=f"{stamp(self.container, 'notice')}signal process started\n")


def _matching(names: list[str], pattern: str) -> list[str]:
    """The names that a path or pattern means, without hidden ones."""
    return [n for n in sorted(names) if fnmatchcase(n, pattern) and not n.rpartition("/")[2].startswith(".")]


@lru_cache(maxsize=64)
def _image_config(image: Image) -> Config:
    """The configuration that an image comes with: the same for all containers that leave it alone."""

    def read(path: str) -> list[tuple[str, str]]:
        return [(name, image.files[name]) for name in _matching(list(image.files), path)]

    return parse_config(_CONFIG, read)
