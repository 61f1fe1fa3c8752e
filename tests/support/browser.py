"""Debian's Chromium, driven over its debugging pipe: pages, pictures, and what a page asked for."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

_SECONDS: Final = 120
"""For one answer; a machine may be busy."""

_PIPE: Final = 'exec "$0" "$@" 3<&"$AVOW_PIPE_IN" 4>&"$AVOW_PIPE_OUT"'
"""Chromium reads messages from descriptor 3 and writes them to 4, each ended by a zero byte.

Source: Chromium, `--remote-debugging-pipe`; messages are those of the Chrome DevTools Protocol.
"""


class Browser:
    """One running Chromium with one page, which has neither network nor profile."""

    def __init__(self, program: Path, *, profile: Path) -> None:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        # No sandbox: root can't use it, and a test opens only files that it has written.
        self._process = subprocess.Popen(
            [
                "bash", "-c", _PIPE, str(program), "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", "about:blank",
            ],
            pass_fds=(theirs_in, theirs_out),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(profile),
                "AVOW_PIPE_IN": str(theirs_in),
                "AVOW_PIPE_OUT": str(theirs_out),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self._out = os.fdopen(ours_out, "wb", buffering=0)
        self._in = os.fdopen(ours_in, "rb")
        self._number = 0
        self._rest = b""
        self.events: list[dict[str, Any]] = []
        """Everything that the page did, in order."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
        self._in.close()
        self._process.terminate()
        self._process.wait(_SECONDS)

    def open(self, page: Path) -> None:
        """Show a file, and wait until it has loaded; what it does is in `events` from here on."""
        self.events.clear()
        self._call("Page.navigate", url=page.as_uri())
        while not any(each["method"] == "Page.loadEventFired" for each in self.events):
            self._receive()

    def screen(self, *, width: int, height: int, mobile: bool = False, dark: bool = False) -> None:
        """Lay the page out for a screen of that size."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=mobile,
        )
        scheme = "dark" if dark else "light"
        self._call(
            "Emulation.setEmulatedMedia",
            media="screen",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def picture(self, *, whole: bool = True) -> bytes:
        """The page as PNG."""
        answer = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(answer["data"])

    def paper(self) -> bytes:
        """The page as the browser prints it, as PDF."""
        self.media("")
        answer = self._call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        return base64.b64decode(answer["data"])

    def media(self, kind: str) -> None:
        """Lay the page out as for `screen` or `print`."""
        self._call("Emulation.setEmulatedMedia", media=kind, features=[])

    def reduce_motion(self) -> None:
        """As somebody's system asks for."""
        self._call(
            "Emulation.setEmulatedMedia",
            media="screen",
            features=[{"name": "prefers-reduced-motion", "value": "reduce"}],
        )

    def press(self, key: str) -> None:
        """One key, down and up."""
        for kind in ("rawKeyDown", "keyUp"):
            code = {"Tab": 9, "Enter": 13}[key]
            self._call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    @property
    def dialogs(self) -> list[str]:
        """Texts of the dialogs that the page opened."""
        return self._of("Page.javascriptDialogOpening", lambda found: found["message"])

    @property
    def requests(self) -> list[str]:
        """Addresses that the page asked for, itself included."""
        return self._of("Network.requestWillBeSent", lambda found: found["request"]["url"])

    @property
    def complaints(self) -> list[str]:
        """What is in the console: blocked content, errors."""
        return self._of("Log.entryAdded", lambda found: found["entry"]["text"]) + self._of(
            "Runtime.consoleAPICalled", lambda found: str(found["args"])
        )

    def _of(self, method: str, read: Callable[[dict[str, Any]], str]) -> list[str]:
        return [read(each["params"]) for each in self.events if each["method"] == method]

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if getattr(self, "_session", None) is not None:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._in.fileno(), 1 << 16)
            assert piece, "Chromium ended"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.events.append(message)
            if message["method"] == "Page.javascriptDialogOpening":
                # A dialog stops the page until somebody closes it.
                self._number += 1
                self._out.write(
                    json.dumps(
                        {
                            "id": self._number,
                            "method": "Page.handleJavaScriptDialog",
                            "params": {"accept": False},
                            "sessionId": self._session,
                        }
                    ).encode()
                    + b"\0"
                )
        return message
