"""A gRPC proxy in front of a database, so that many workers share its few connections.

    jaxreg proxy --storage postgresql://me@host/studies --port 13000

Workers then take --storage grpc://HOST:13000. It has no password and no encryption: keep it on a network of your own.
"""

from dataclasses import dataclass

from jaxreg.engine.setting import setting
from jaxreg.errors import InputError


@dataclass(frozen=True)
class ProxyConfig:
    """The settings of a proxy."""

    storage: str = setting("", "SQLAlchemy URL of the database")
    host: str = setting("localhost", "address to listen on; 0.0.0.0 is all")
    port: int = setting(13000, "port to listen on")
    threads: int = setting(10, "requests (and database connections) at once; 1 before SQLite")


CONFIG = ProxyConfig
KOREAN = """데이터베이스 앞에 두는 gRPC 프록시: 많은 프로세스가 적은 연결을 나누어 씁니다.

    jaxreg proxy --storage postgresql://me@host/studies --port 13000

프로세스에는 --storage grpc://HOST:13000을 줍니다. 비밀번호도 암호화도 없으므로 자기 네트워크 안에서만 씁니다.
"""


def run(config: ProxyConfig) -> None:
    """Runs the proxy until it is stopped."""
    if not 1 <= config.port <= 65535 or config.threads < 1:
        raise InputError(f"--port {config.port} --threads {config.threads}: allowed are 1..65535 and at least 1")
    from jaxreg.engine.backends import run_proxy

    run_proxy(config.storage, config.host, config.port, config.threads)
