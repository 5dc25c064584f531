"""Starts a stand-in and runs the tests under `keyway exec --sealed`: at the true names, and nothing else is reached.

    KEYWAY_BIN=… KEYWAY_TABLES=… python run.py [pytest's arguments]

KEYWAY_CONFORMANCE_DATABASE puts the stand-in's state into PostgreSQL.
"""

from __future__ import annotations

import base64
import os
import pathlib
import subprocess
import sys

from support.server import Server


def main() -> int:
    database = os.environ.get("KEYWAY_CONFORMANCE_DATABASE")
    # Nodes of one database share the key under which its secrets are sealed.
    os.environ["KEYWAY_SEAL_KEY"] = base64.b64encode(os.urandom(32)).decode()
    server = Server.start(os.environ["KEYWAY_BIN"], *(["--database", database] if database else []))
    try:
        ready = str(server.ready_file)
        tests = [sys.executable, "-m", "pytest", str(pathlib.Path(__file__).parent), *sys.argv[1:]]
        command = [server.binary, "exec", "--sealed", "--ready-file", ready, "--", *tests]
        return subprocess.run(command, env={**os.environ, "KEYWAY_CONFORMANCE_READY": ready}).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
