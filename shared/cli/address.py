"""Where the gateway listens, and whether somebody else listens there already."""

from __future__ import annotations

import socket

from shared.settings import Settings, WrongSettings


def check_free(host: str, port: int) -> None:
    """Raises WrongSettings if somebody listens there, before anything slow is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise WrongSettings(
                f"cannot listen on {host}:{port} ({error.strerror}); stop what listens there, or name another port "
                "with --port or FAIRGROUND_GATEWAY_PORT"
            ) from error


def url_of(settings: Settings) -> str:
    """Where this machine reaches the gateway."""
    host = "127.0.0.1" if settings.gateway_host in ("0.0.0.0", "::", "") else settings.gateway_host  # noqa: S104
    return f"http://[{host}]:{settings.gateway_port}" if ":" in host else f"http://{host}:{settings.gateway_port}"
