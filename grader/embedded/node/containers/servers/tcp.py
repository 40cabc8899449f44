"""Databases and the like: they accept connections, and speak no protocol that is simulated.

Probes, `nc -z` and `pg_isready` see a port that is open; a client that speaks is told nothing and let go.
Settings: `greeting`, what the server sends first.
"""

from __future__ import annotations

from grader.embedded.network.http import Listener, StreamListener
from grader.embedded.network.streams import Connection
from grader.embedded.node.containers.servers.base import Server


class TcpServer(Server):
    """An open port."""

    def ports(self) -> list[int]:
        text = self.container.env.get(self.spec.settings.get("port_env", ""), "")
        return [int(text)] if text.isdigit() and 0 < int(text) < 65536 else list(self.spec.ports)

    def listener(self, port: int) -> Listener:
        return StreamListener(self._serve, greeting="greeting" in self.spec.settings)

    async def _serve(self, connection: Connection) -> None:
        greeting = self.spec.settings.get("greeting", "")
        if greeting:
            await connection.write(greeting.encode())
        await connection.read()
