"""A tenant of its own for a test: a copy of a template, changed through the control API, met over HTTP.

Users go by the part before the @ (`anna`), applications by their name. Addresses are the true names; whoever runs
this runs under `keyway exec`.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import hashlib
import json
import pathlib
import secrets
import urllib.parse

import requests

from .browser import Browser, Landing, Page
from .control import Control
from .reply import Reply, reply

LOGIN = "https://login.microsoftonline.com"
PASSWORD = "Keyway!Demo1"
DATAVERSE = "00000007-0000-0000-c000-000000000000"
GRAPH = "00000003-0000-0000-c000-000000000000"

CONNECTOR = "Contoso Connector"
DESKTOP = "Contoso Desktop"


@dataclasses.dataclass
class Verifier:
    """A PKCE verifier and its challenge."""

    verifier: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Tenant:
    """One tenant and what tests do with it."""

    def __init__(self, control: Control, sheet: dict) -> None:
        self.control = control
        self.id: str = sheet["id"]
        self.domain: str = sheet["domain"]
        self.name: str = sheet["name"]
        self.sheet = sheet
        self.users = {user["upn"].split("@")[0].split("_")[0]: user for user in sheet["users"]}
        self.apps = {app["name"]: app for app in sheet["apps"]}
        self.organizations = {org["name"]: org for org in sheet["organizations"]}

    # --- who and what ---------------------------------------------------------------------------------------

    @property
    def authority(self) -> str:
        return f"{LOGIN}/{self.id}"

    @property
    def resource(self) -> str:
        """The main organization's address, without a slash at its end."""
        return self.organization["true_url"].rstrip("/")

    @property
    def scope(self) -> str:
        return f"{self.resource}/.default"

    @property
    def organization(self) -> dict:
        return next(iter(self.organizations.values()))

    def upn(self, user: str) -> str:
        return user if "@" in user else self.users[user]["upn"]

    def client_id(self, app: str) -> str:
        return self.apps[app]["client_id"] if app in self.apps else app

    def secret(self, app: str) -> str:
        return self.apps[app]["secret"]

    def redirect(self, app: str) -> str:
        """The first of its redirect URIs."""
        return self.apps[app]["redirect_uris"][0]

    def certificate(self, app: str) -> bytes:
        """Certificate and private key, PEM."""
        return pathlib.Path(self.apps[app]["certificate"]).read_bytes()

    # --- state, through the control API ---------------------------------------------------------------------

    def change(self, method: str, path: str, body: object = None) -> dict:
        return self.control.call(method, f"/tenants/{self.id}{path}", body)

    def settings(self, **patch: object) -> None:
        self.change("PATCH", "/settings", patch)

    def rule(self, control: object, **who: object) -> None:
        """One Conditional Access rule in place of all others."""
        self.settings(conditional_access=[{"name": "The rule", "control": control, **who}])

    def advance(self, **delta: float) -> None:
        """Moves the tenant's clock."""
        seconds = int(datetime.timedelta(**delta).total_seconds())
        self.change("POST", "/clock", {"advance_seconds": seconds})

    def now(self) -> datetime.datetime:
        """What time it is in the tenant."""
        return datetime.datetime.fromisoformat(self.change("GET", "/clock")["now"])

    def account(self, user: str, **patch: object) -> dict:
        """The account, changed as told."""
        return self.change("PATCH", f"/accounts/{urllib.parse.quote(self.upn(user), safe='')}", patch)

    def revoke_sessions(self, user: str) -> None:
        """What an administrator's "Revoke sessions" does."""
        self.account(user, tokens_valid_from=int(self.now().timestamp() * 1000))

    def invite(self, home: Tenant, user: str) -> str:
        """Makes a user of another tenant a guest of this one; returns the name that is typed."""
        upn = home.upn(user)
        name = f"{upn.replace('@', '_')}#EXT#@{self.domain}"
        guest = {"upn": name, "name": user, "aliases": [upn], "kind": {"guest": {"home": home.id}}}
        self.change("POST", "/accounts", guest)
        return upn

    def subscribe(self, state: str = "enabled") -> None:
        """Whether the tenant may use Dataverse: `enabled`, `disabled` or `none`."""
        if state == "none":
            self.change("DELETE", f"/principals/{DATAVERSE}")
        else:
            self.change("PUT", f"/principals/{DATAVERSE}")
            self.principal(DATAVERSE, enabled=state == "enabled")

    def app(self, app: str, **patch: object) -> dict:
        """The registration, changed if anything is given."""
        return self.change("PATCH", f"/apps/{self.client_id(app)}", patch)

    def principal(self, app: str, **patch: object) -> dict:
        """The application as this tenant uses it, changed as told."""
        return self.change("PATCH", f"/principals/{self.client_id(app)}", patch)

    def change_organization(self, organization: str | None = None, **patch: object) -> dict:
        """The main organization, or a named one, changed as told."""
        return self.change("PATCH", f"/organizations/{self._organization(organization)['id']}", patch)

    def system_user(self, user: str, **patch: object) -> dict:
        """A user of the main organization, changed as told: a person, or an application by its name."""
        known = self.client_id(user) if user in self.apps else self.upn(user)
        path = f"/organizations/{self.organization['id']}/users/{urllib.parse.quote(known, safe='')}"
        return self.change("PATCH", path, patch)

    def business_unit(self, name: str, user: str) -> None:
        """A business unit of the main organization, with this user moved to it."""
        self.change("POST", f"/organizations/{self.organization['id']}/units", {"name": name})
        self.system_user(user, unit=name)

    def give_role(self, user: str, role: str) -> None:
        """A security role of the user's business unit."""
        who, which = urllib.parse.quote(self.upn(user), safe=""), urllib.parse.quote(role)
        self.change("PUT", f"/organizations/{self.organization['id']}/users/{who}/roles/{which}")

    def _organization(self, name: str | None) -> dict:
        return self.organizations[name] if name else self.organization

    def journal(self) -> list[dict]:
        """What was asked of this tenant and why it was decided so, newest last."""
        return self.change("GET", "/journal")["lines"]

    def why(self, answer: Reply | Landing | Page) -> str:
        """Why an answer is as it is, from its line in the journal."""
        lines = [line for line in self.journal() if line["request"] == answer.headers["x-ms-request-id"]]
        assert len(lines) == 1, lines
        return lines[0]["why"]

    # --- the sign-in service, raw ---------------------------------------------------------------------------

    def post(
        self, path: str, *, headers: dict | None = None, at: str | None = None, host: str = LOGIN, **form: str
    ) -> Reply:
        """A form to an endpoint of this tenant, or of the segment `at`."""
        url = f"{host}/{at or self.id}/{path}"
        return reply(requests.post(url, data=form, headers=headers, allow_redirects=False, timeout=30))

    def token(self, *, v1: bool = False, headers: dict | None = None, at: str | None = None, **form: str) -> Reply:
        """The token endpoint. A parameter that is None is left out."""
        form = {name: value for name, value in form.items() if value is not None}
        return self.post("oauth2/token" if v1 else "oauth2/v2.0/token", headers=headers, at=at, **form)

    def _asked(self, v1: bool) -> dict[str, str]:
        return {"resource": self.resource} if v1 else {"scope": self.scope}

    def app_form(self, app: str = CONNECTOR, *, v1: bool = False) -> dict[str, str]:
        """Client credentials with the application's secret."""
        given = {"client_secret": self.apps[app]["secret"]} if app in self.apps else {}
        return {"grant_type": "client_credentials", "client_id": self.client_id(app), **given, **self._asked(v1)}

    def app_token(self, app: str = CONNECTOR, *, v1: bool = False, at: str | None = None, **form: str | None) -> Reply:
        return self.token(v1=v1, at=at, **{**self.app_form(app, v1=v1), **form})

    def password_form(self, user: str = "anna", app: str = DESKTOP, *, v1: bool = False) -> dict[str, str]:
        """A user name with its password."""
        given = {"client_id": self.client_id(app), "username": self.upn(user), "password": PASSWORD}
        return {"grant_type": "password", **given, **self._asked(v1)}

    def password_token(
        self, user: str = "anna", app: str = DESKTOP, *, v1: bool = False, at: str | None = None, **form: str | None
    ) -> Reply:
        return self.token(v1=v1, at=at, **{**self.password_form(user, app, v1=v1), **form})

    def refresh(
        self, tokens: dict, app: str = DESKTOP, *, v1: bool = False, headers: dict | None = None, **form: str | None
    ) -> Reply:
        given = {"client_id": self.client_id(app), "refresh_token": tokens["refresh_token"]}
        return self.token(v1=v1, headers=headers, **{"grant_type": "refresh_token", **given, **form})

    # --- a person at a browser ------------------------------------------------------------------------------

    def authorize_url(self, app: str = DESKTOP, *, v1: bool = False, at: str | None = None, **query: str | None) -> str:
        """The authorize endpoint with a request that succeeds, but for what is given otherwise."""
        given = {
            "client_id": self.client_id(app),
            "response_type": "code",
            "redirect_uri": "http://localhost:8400",
            "state": "the-state",
            **({"resource": self.resource} if v1 else {"scope": f"{self.resource}/user_impersonation openid offline_access"}),
            **query,
        }
        given = {name: value for name, value in given.items() if value is not None}
        path = "oauth2/authorize" if v1 else "oauth2/v2.0/authorize"
        return f"{LOGIN}/{at or self.id}/{path}?{urllib.parse.urlencode(given)}"

    def authorize(
        self, user: str = "anna", app: str = DESKTOP, *, browser: Browser | None = None, password: str = PASSWORD,
        consent: str = "accept", code: str | None = None, **query: str | None,
    ) -> Page | Landing:
        """Signs a person in and returns where the browser ends."""
        url = self.authorize_url(app, **query)
        return (browser or Browser()).sign_in(url, self.upn(user), password, consent=consent, code=code)

    def open_and_sign_in(self, url: str, user: str) -> Page | Landing:
        """Signs a person in at any address."""
        return Browser().sign_in(url, self.upn(user), PASSWORD)

    def code(self, user: str = "anna", app: str = DESKTOP, **query: str | None) -> str:
        """An authorization code."""
        landing = self.authorize(user, app, **query)
        assert isinstance(landing, Landing) and "code" in landing.params, landing
        return landing.params["code"]

    def redeem(
        self, code: str, app: str = DESKTOP, *, v1: bool = False, at: str | None = None, headers: dict | None = None,
        **form: str | None,
    ) -> Reply:
        given = {"client_id": self.client_id(app), "code": code, "redirect_uri": "http://localhost:8400"}
        return self.token(v1=v1, at=at, headers=headers, **{"grant_type": "authorization_code", **given, **form})

    def signed_in(self, user: str = "anna", app: str = DESKTOP, **query: str | None) -> dict:
        """Tokens of a person who signed in with a browser."""
        return self.redeem(self.code(user, app, **query), app).tokens()

    # --- a device without a browser -------------------------------------------------------------------------

    def device_code(self, app: str = DESKTOP, *, v1: bool = False, at: str | None = None, **form: str) -> Reply:
        """A code for a person to type elsewhere."""
        path = "oauth2/devicecode" if v1 else "oauth2/v2.0/devicecode"
        return self.post(path, at=at, **{"client_id": self.client_id(app), **self._asked(v1), **form})

    def type_device_code(self, user_code: str, user: str = "anna", *, code: str | None = None) -> Page | Landing:
        """A person opens the page, types the code and signs in."""
        query = urllib.parse.urlencode({"user_code": user_code})
        return Browser().sign_in(f"https://microsoft.com/devicelogin?{query}", self.upn(user), PASSWORD, code=code)

    def poll(self, device: dict, app: str = DESKTOP, **form: str) -> Reply:
        given = {"client_id": self.client_id(app), "device_code": device["device_code"]}
        return self.token(**{"grant_type": "urn:ietf:params:oauth:grant-type:device_code", **given, **form})

    def claims(self, token: str) -> dict:
        """What a token says, without asking whether it is true."""
        body = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))

    def app_access(self, app: str = CONNECTOR, organization: str | None = None) -> str:
        """An application's access token for an organization."""
        scope = f"{self._organization(organization)['true_url'].rstrip('/')}/.default"
        return self.app_token(app, scope=scope).tokens()["access_token"]

    def access(self, user: str = "anna") -> str:
        """A person's access token for the main organization."""
        return self.password_token(user).tokens()["access_token"]

    # --- an organization ------------------------------------------------------------------------------------

    def get(self, token: str, path: str = "WhoAmI", *, organization: str | None = None, **headers: str) -> requests.Response:
        """A read from the Web API."""
        return self.web("GET", token, path, organization=organization, **headers)

    def web(
        self, method: str, token: str, path: str, body: object = None, *, organization: str | None = None, **headers: str
    ) -> requests.Response:
        where = self._organization(organization)
        url = f"{where['true_url'].rstrip('/')}/api/data/v9.2/{path}"
        given = {"Authorization": f"Bearer {token}", "Accept": "application/json", **headers}
        return requests.request(method, url, json=body, headers=given, timeout=30)
