"""A person at a browser who signs in and lets the browser go on to the application's own listener."""

from __future__ import annotations

import requests

from .browser import Browser, Landing
from .tenant import PASSWORD


def visit(url: str, login: str, password: str = PASSWORD, **answers: str) -> None:
    """Signs in at `url` and carries the answer to the application, as a browser does."""
    landing = Browser().sign_in(url, login, password, **answers)
    assert isinstance(landing, Landing), landing.text
    deliver(landing)


def deliver(landing: Landing) -> None:
    """Follows the redirect, or posts the form that a script would post."""
    if landing.mode == "form_post":
        requests.post(landing.url, data=landing.params, timeout=30)
    else:
        requests.get(landing.url, params=landing.params, timeout=30)
