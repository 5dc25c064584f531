"""Starts and stops a stand-in."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

from .control import Control


PROXIES = {"https_proxy", "http_proxy", "no_proxy"}


class DidNotStart(Exception):
    """The server ended before it was ready; the text is what it said."""


@dataclasses.dataclass
class Server:
    """A running `keyway serve`."""

    binary: str
    directory: pathlib.Path
    process: subprocess.Popen

    @classmethod
    def start(cls, binary: str, *arguments: str) -> Server:
        """Starts one on free ports with a state directory of its own, and waits until it is ready."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix="keyway-conformance-"))
        environment = {**os.environ, "KEYWAY_STATE_DIR": str(directory / "state")}
        usual = {"--listen": "127.0.0.1:0", "--proxy-listen": "127.0.0.1:0"}
        missing = [part for flag, value in usual.items() if flag not in arguments for part in (flag, value)]
        world = [] if "--world" in arguments else ["--demo"]
        command = [binary, "serve", *world, *missing, "--ready-file", str(directory / "ready.json"), *arguments]
        # The proxy variables of this run are for clients; the server itself is asked by nobody's proxy.
        environment = {name: value for name, value in environment.items() if name.lower() not in PROXIES}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        server = cls(binary, directory, process)
        ready = threading.Event()
        threading.Thread(target=server._listen, args=(ready,), daemon=True).start()
        ready.wait()
        if not server.ready_file.exists():
            said = (directory / "log").read_text()
            shutil.rmtree(directory)
            raise DidNotStart(said)
        return server

    def _listen(self, ready: threading.Event) -> None:
        """Keeps what it says on standard error. It speaks once the ready file is there, or never."""
        assert self.process.stderr
        with (self.directory / "log").open("wb") as log:
            for line in self.process.stderr:
                log.write(line)
                log.flush()
                if self.ready_file.exists():
                    ready.set()
        ready.set()

    @property
    def ready_file(self) -> pathlib.Path:
        return self.directory / "ready.json"

    def ready(self) -> dict:
        """The ready file."""
        return json.loads(self.ready_file.read_text())

    def control(self) -> Control:
        """Its control API."""
        ready = self.ready()
        return Control(ready["control"], ready["ca"])

    def kill(self) -> None:
        """Without a warning; what it had acknowledged must be there."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        shutil.rmtree(self.directory)
