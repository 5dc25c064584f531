"""The other form of every name: the true name plus `.localhost`, on the stand-in's own port and without the proxy.

The C library resolves no such name, so this connects to loopback and says by SNI and `Host` what it means.
"""

from __future__ import annotations

import json
import urllib.parse

import urllib3


class Dressed:
    """Requests at `X.localhost:port` for addresses written with the true name X."""

    def __init__(self, ready: dict) -> None:
        self.ca: str = ready["ca"]
        self.host, port = ready["listen"].rsplit(":", 1)
        self.port = int(port)

    def dress(self, url: str) -> str:
        """`https://X/path` as `https://X.localhost:port/path`."""
        parts = urllib.parse.urlsplit(url)
        return parts._replace(netloc=f"{parts.hostname}.localhost:{self.port}").geturl()

    def request(self, method: str, url: str, *, form: dict | None = None, token: str | None = None) -> urllib3.BaseHTTPResponse:
        """Asks for a true address in its other form."""
        parts = urllib.parse.urlsplit(self.dress(url))
        headers = {"Host": parts.netloc}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        body = urllib.parse.urlencode(form) if form else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = parts._replace(scheme="", netloc="").geturl()
        name = parts.hostname
        with urllib3.HTTPSConnectionPool(
            self.host, self.port, server_hostname=name, assert_hostname=name, ca_certs=self.ca, timeout=60
        ) as pool:
            return pool.request(method, path, body=body, headers=headers, retries=False)

    def json(self, method: str, url: str, **request: object) -> dict:
        """The same, for an answer that must be there."""
        answer = self.request(method, url, **request)
        assert answer.status == 200, (answer.status, answer.data)
        return json.loads(answer.data)
