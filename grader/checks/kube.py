"""The connection to a cluster: the `kubernetes` package's REST client, without the generated models.

Importing the whole package costs a third of a second, most of it for OAuth and 700 models that a check has no use for.
Objects are plain JSON here, so only its transport (TLS, pooling, proxies) and its websockets are imported. A kubeconfig
that needs more (client certificates, exec plugins, auth providers) is read by the package's own loader.
"""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import sys
import tempfile
from base64 import b64decode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from grader.errors import ProviderError
from grader.language import text


@dataclass(frozen=True)
class Connection:
    """A configured REST client: `rest.request(method, url, headers=…)`. `configuration` is what websockets need."""

    rest: Any
    configuration: Any
    headers: dict[str, str] = field(default_factory=dict)

    def for_websockets(self) -> Any:
        """The configuration with its CA in a file: the package's websockets read it from nowhere else."""
        data = getattr(self.configuration, "ca_cert_data", None)
        if data and not self.configuration.ssl_ca_cert:
            with tempfile.NamedTemporaryFile("w", prefix="labyard-ca-", suffix=".crt", delete=False) as file:
                file.write(data)
            atexit.register(lambda: Path(file.name).unlink(missing_ok=True))
            self.configuration.ssl_ca_cert = file.name
        return self.configuration

    @property
    def host(self) -> str:
        """The API server's address."""
        return str(self.configuration.host)


def connect(kubeconfig: Path) -> Connection:
    """A connection by a kubeconfig's current context. Raises ProviderError when it cannot be read."""
    _prefer_parts()
    try:
        return _connect(kubeconfig)
    except (OSError, yaml.YAMLError, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ProviderError(
            text("The kubeconfig {path} cannot be used: {reason}.", path=str(kubeconfig), reason=str(error)),
            text("Stop the lab with `lab stop` and start it again; the kubeconfig is written anew."),
        ) from error


def _prefer_parts() -> None:
    """Let `kubernetes` be a package whose parts are imported when asked for, instead of all at once."""
    if "kubernetes" in sys.modules:
        return
    spec = importlib.util.find_spec("kubernetes")
    if spec is None:
        return
    package = importlib.util.module_from_spec(spec)
    package.__getattr__ = lambda name: _part(name)  # type: ignore[method-assign]
    sys.modules["kubernetes"] = package


def _part(name: str) -> Any:
    """A part of the package that somebody asks for by attribute."""
    if name.startswith("__"):
        raise AttributeError(name)
    try:
        return importlib.import_module(f"kubernetes.{name}")
    except ModuleNotFoundError:
        raise AttributeError(name) from None


def _connect(kubeconfig: Path) -> Connection:
    from kubernetes.client.configuration import Configuration
    from kubernetes.client.rest import RESTClientObject

    document = yaml.load(kubeconfig.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    context = _named(document["contexts"], document["current-context"])["context"]
    cluster = _named(document["clusters"], context["cluster"])["cluster"]
    user = _named(document["users"], context["user"]).get("user") or {} if context.get("user") else {}
    if set(user) - {"token"} or "proxy-url" in cluster:
        return _connect_fully(kubeconfig)
    configuration = Configuration(host=cluster["server"])
    configuration.retries = False
    configuration.connection_pool_maxsize = 8
    configuration.verify_ssl = not cluster.get("insecure-skip-tls-verify")
    configuration.tls_server_name = cluster.get("tls-server-name")
    configuration.ssl_ca_cert = cluster.get("certificate-authority")
    if "certificate-authority-data" in cluster:
        configuration.ca_cert_data = b64decode(cluster["certificate-authority-data"]).decode()
    headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
    return Connection(RESTClientObject(configuration), configuration, headers)


def _connect_fully(kubeconfig: Path) -> Connection:
    """By the package's own loader, which knows every way to log in."""
    from kubernetes.client.configuration import Configuration
    from kubernetes.client.rest import RESTClientObject
    from kubernetes.config.kube_config import load_kube_config

    configuration = Configuration()
    load_kube_config(  # type: ignore[no-untyped-call]
        config_file=str(kubeconfig), client_configuration=configuration, temp_file_path=tempfile.gettempdir()
    )
    configuration.retries = False
    token = configuration.get_api_key_with_prefix("authorization")
    return Connection(RESTClientObject(configuration), configuration, {"Authorization": token} if token else {})


def _named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The entry of a kubeconfig's list with a name. Raises KeyError."""
    for item in items:
        if item.get("name") == name:
            return item
    raise KeyError(name)
