"""Headless Chromium over a pipe: no driver, no socket, no network."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE = 60.0  # seconds for one answer
# the protocol reads from descriptor 3 and writes to 4
_STARTER = """
import os, sys
read, write = (os.dup(int(text)) for text in sys.argv[1:3])
high = [os.dup(read), os.dup(write)]
os.dup2(high[0], 3)
os.dup2(high[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def program():
    """Path of the browser; None where none is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of a browser that is steered by the protocol of its developer tools."""

    def __init__(self, profile):
        words = [
            *(program(), "--headless", "--remote-debugging-pipe", "--no-first-run"),
            *("--disable-gpu", "--disable-quic", "--disable-background-networking"),
            *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
            *("--disable-extensions", "--hide-scrollbars", f"--user-data-dir={profile}"),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            words.append("--no-sandbox")
        theirs_in, self._in = os.pipe()
        self._out, theirs_out = os.pipe()
        starter = [sys.executable, "-I", "-c", _STARTER, str(theirs_in), str(theirs_out)]
        self._process = subprocess.Popen(  # noqa: S603 -- a fixed program
            [*starter, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs_in, theirs_out),
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._rest, self.events = 0, b"", []
        self._session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "Accessibility"):
            self.ask(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._session = None
        with contextlib.suppress(Exception):
            self.ask("Browser.close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def ask(self, method, **parameters):
        """Answer to a command; events that come before it are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._in, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + _PATIENCE
        while True:
            found = self._next(end)
            if found.get("id") == self._number:
                if "error" in found:
                    raise RuntimeError(f"{method}: {found['error']}")
                return found["result"]
            self.events.append(found)

    def _next(self, end):
        while b"\0" not in self._rest:
            if not select.select([self._out], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self._out, 1 << 20)
            if not chunk:
                raise RuntimeError("the browser has ended")
            self._rest += chunk
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def open(self, address, width=1280, height=900):
        """Open a page and wait until it is loaded and at rest."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        self.ask("Page.navigate", url=address)
        end = time.monotonic() + _PATIENCE
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._next(end))
        # what a script or a picture would still fetch comes after the page is loaded
        time.sleep(0.5)
        self.ask("Runtime.evaluate", expression="1")

    def value(self, expression):
        """Value of an expression on the page, computed by the tools and not by the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"])
        return found["result"].get("value")

    def of(self, method):
        """Parameters of the events of a kind."""
        return [e["params"] for e in self.events if e.get("method") == method]
