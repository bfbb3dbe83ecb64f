"""A browser without a window, spoken to over two pipes in the protocol of its own developer tools."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
"""What it may be called; `FAIRGROUND_CHROMIUM` names another."""
FLAGS: Final = (
    "--headless",
    "--no-sandbox",  # whoever runs the tests as root has no sandbox to give
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-pipe",
)
ANSWERS_WITHIN_S: Final = 60.0
PAUSE_S: Final = 0.02
MOST_STEPS: Final = 200
KEYS: Final = {"Enter": (13, "\r"), "Tab": (9, ""), " ": (32, " "), "ArrowDown": (40, ""), "ArrowUp": (38, "")}


class BrowserMissing(Exception):
    """There is no browser here; the text says how to get one."""


class PageFailed(AssertionError):
    """A page threw an error, broke its own rules, or did not come to what was waited for."""


def found() -> str:
    """Where the browser is. Raises BrowserMissing."""
    for name in (os.environ.get("FAIRGROUND_CHROMIUM", ""), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    raise BrowserMissing("there is no Chromium; run: sudo apt-get install chromium-headless-shell")


class Browser:
    """One process; its tabs share nothing."""

    def __init__(self, folder: Path) -> None:
        self._words = [found(), *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        self._last = 0
        self._unread = b""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (to_read, to_write)]

        def take_over() -> None:
            for fd, target in zip(theirs, (3, 4), strict=True):
                os.dup2(fd, target)

        self._process = subprocess.Popen(
            self._words,
            preexec_fn=take_over,  # noqa: PLW1509 - the pipes must be its third and fourth; no test has threads here
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for fd in (to_read, to_write, *theirs):
            os.close(fd)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def say(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """One command, and its result. Raises PageFailed."""
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        deadline = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            answer = self._next(deadline, method)
            if answer.get("id") == number:
                break
            if "method" in answer:
                self.events.append(answer)
        if "error" in answer:
            raise PageFailed(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self, deadline: float, waiting_for: str) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self._read, 1 << 20) if ready else b""
            if not data:
                raise PageFailed(f"the browser did not answer {waiting_for}")
            self._unread += data
        message, _, self._unread = self._unread.partition(b"\0")
        read: dict[str, Any] = json.loads(message)
        return read

    def tab(self) -> Tab:
        """A new tab, with storage of its own."""
        context = self.say("Target.createBrowserContext")["browserContextId"]
        target = self.say("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        return Tab(self, context, target)


class Tab:
    """What somebody sees and does."""

    def __init__(self, browser: Browser, context: str, target: str) -> None:
        self._browser, self._context, self._target = browser, context, target
        self._session = browser.say("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.say(f"{domain}.enable")

    def say(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.say(method, self._session, **params)

    def close(self) -> None:
        self._browser.say("Target.disposeBrowserContext", browserContextId=self._context)

    def opened(self) -> Tab:
        """The tab that this one has opened beside itself."""
        deadline = time.monotonic() + ANSWERS_WITHIN_S
        while time.monotonic() < deadline:
            for one in self._browser.say("Target.getTargets")["targetInfos"]:
                if (
                    one["type"] == "page"
                    and one["browserContextId"] == self._context
                    and one["targetId"] != self._target
                ):
                    return Tab(self._browser, self._context, one["targetId"])
            time.sleep(PAUSE_S)
        raise PageFailed("no tab was opened")

    def event(self, method: str) -> dict[str, Any]:
        """What the browser tells next of this kind, taken away."""
        deadline = time.monotonic() + ANSWERS_WITHIN_S
        while time.monotonic() < deadline:
            self.run("0")
            for one in self._browser.events:
                if one.get("sessionId") == self._session and one["method"] == method:
                    self._browser.events.remove(one)
                    told: dict[str, Any] = one["params"]
                    return told
            time.sleep(PAUSE_S)
        raise PageFailed(f"the browser never told {method}")

    def go(self, url: str) -> None:
        """Open a page, and wait until it has read everything it is made of."""
        if error := self.say("Page.navigate", url=url).get("errorText"):
            raise PageFailed(f"{url}: {error}")
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, expression: str) -> Any:
        """The value of an expression, once it has one. Raises PageFailed if it throws."""
        answer = self.say("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            told = answer["exceptionDetails"]
            raise PageFailed(f"{expression[:200]}: {told.get('exception', {}).get('description', told['text'])}")
        return answer["result"].get("value")

    def until(self, expression: str) -> Any:
        """The expression's value, once it is true. Raises PageFailed if it does not become so."""
        deadline = time.monotonic() + ANSWERS_WITHIN_S
        while not (value := self.run(expression)):
            if time.monotonic() > deadline:
                raise PageFailed(f"never became true: {expression}\n{self.text()}")
            time.sleep(PAUSE_S)
        return value

    def text(self, selector: str = "body") -> str:
        """What stands there."""
        return str(self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def click(self, selector: str) -> None:
        """As a mouse does, where the thing is; nothing may lie above it."""
        place = self.until(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)});"
            " if (!one || one.disabled) return null; one.scrollIntoView({block: 'center', behavior: 'instant'});"
            " const box = one.getBoundingClientRect();"
            " return {x: box.x + box.width / 2, y: box.y + box.height / 2}; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.say("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def fill(self, selector: str, value: str) -> None:
        """Write something into a field in place of what stood there, or choose it."""
        self.until(f"!!document.querySelector({json.dumps(selector)})")
        self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}); one.value = {json.dumps(value)};"
            " for (const kind of ['input', 'change']) one.dispatchEvent(new Event(kind, {bubbles: true})); })()"
        )

    def press(self, key: str) -> None:
        """A key, wherever the focus is."""
        code, text = KEYS[key]
        down: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": code, **({"text": text} if text else {})}
        self.say("Input.dispatchKeyEvent", type="keyDown", **down)
        self.say("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def walk_to(self, selector: str) -> None:
        """Press the tabulator until the focus is there."""
        for _ in range(MOST_STEPS):
            self.press("Tab")
            if self.run(f"document.activeElement?.matches({json.dumps(selector)})"):
                return
        raise PageFailed(f"the tabulator never comes to {selector}")

    def prefer(self, scheme: str) -> None:
        """Whether the person likes it light or dark."""
        self.say("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def complaints(self) -> list[str]:
        """Every error that the page threw, and every rule of its own that it broke, since the last time."""
        self.run("0")  # whatever was thrown before this is read by now
        mine = [one for one in self._browser.events if one.get("sessionId") == self._session]
        self._browser.events = [one for one in self._browser.events if one not in mine]
        thrown = [str(one["params"]) for one in mine if one["method"] == "Runtime.exceptionThrown"]
        logged = [one["params"]["entry"] for one in mine if one["method"] == "Log.entryAdded"]
        return thrown + [
            f"{one['source']}: {one['text']}"
            for one in logged
            if one["level"] == "error" and one["source"] != "network"
        ]
