"""A gRPC proxy in front of a database, so that many workers share its few connections.

    jaxreg proxy --storage postgresql://me@host/studies --port 13000

Workers then take --storage grpc://HOST:13000. It has no password and no encryption: keep it on a network of your own.
"""

from dataclasses import dataclass, field

from jaxreg.errors import InputError


@dataclass(frozen=True)
class ProxyConfig:
    """The settings of a proxy."""

    storage: str = field(default="", metadata={"help": "SQLAlchemy URL of the database"})
    host: str = field(default="localhost", metadata={"help": "address to listen on; 0.0.0.0 is all"})
    port: int = field(default=13000, metadata={"help": "port to listen on"})
    threads: int = field(default=10, metadata={"help": "requests (and database connections) at once; 1 before SQLite"})


CONFIG = ProxyConfig


def run(config: ProxyConfig) -> None:
    """Runs the proxy until it is stopped."""
    if not 1 <= config.port <= 65535 or config.threads < 1:
        raise InputError(f"--port {config.port} --threads {config.threads}: allowed are 1..65535 and at least 1")
    from jaxreg.engine.proxy import run_proxy

    run_proxy(config.storage, config.host, config.port, config.threads)
