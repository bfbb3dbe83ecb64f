"""What is shown once the town is up: where everything is, and one line to try it with."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.text import Text

from shared.cli.address import url_of
from shared.settings import Settings

DEMO_KEY: Final = "wsk_test_" + "c0ffee" * 8
"""Of deploy/worlds/demo.yaml; refused in production."""


def banner(settings: Settings, *, demo: bool) -> None:
    """Print it. Nothing in it is wrapped, so that every line can be pasted."""
    gateway = url_of(settings)
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text("Fairground is up.", style="bold green"), Text("Ctrl-C stops it.", style="dim"))
    for name, path in (("gateway", ""), ("docs", "/docs"), ("metrics", "/metrics"), ("ready", "/readyz")):
        _line(console, name, gateway + path)
    if demo:
        _line(console, "demo key", DEMO_KEY)
        _line(console, "admin key", settings.admin_secret)
        console.print(Text("Open a lootbox:", style="bold"))
        console.print(Text(curl_of(gateway)))
    console.file.flush()


def curl_of(gateway: str) -> str:
    """One line for a shell that opens a lootbox."""
    return (
        f"curl -s -X POST {gateway}/v1/lootbox/starter-box/open "
        f"-H 'Authorization: Bearer {DEMO_KEY}' -H 'Content-Type: application/json' "
        """-d '{"user_id": "StarlordV7"}'"""
    )


def _line(console: Console, name: str, value: str) -> None:
    console.print(Text(f"  {name:<10}", style="dim"), Text(value, style="cyan"), sep="")
