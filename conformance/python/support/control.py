"""The control API of a running stand-in."""

from __future__ import annotations

import requests


class ControlError(AssertionError):
    """The control API refused. A test that meets this asked for something that cannot be."""


class Control:
    """Talks to `/_keyway/v1`."""

    def __init__(self, url: str, ca: str) -> None:
        self.url = url
        self.http = requests.Session()
        # The stand-in's own port, not the proxy for the true names.
        self.http.trust_env = False
        self.http.verify = ca

    def call(self, method: str, path: str, body: object = None) -> dict:
        response = self.http.request(method, f"{self.url}{path}", json=body, timeout=30)
        if not response.ok:
            raise ControlError(f"{method} {path} {body}: {response.status_code} {response.text}")
        return response.json() if response.content else {}
