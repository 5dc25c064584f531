"""Mail to a server that nobody here wrote: over TLS, with a user and a password."""

import contextlib
import datetime
import email
import email.policy
import ipaddress
import os
import queue
import socket
import ssl
import urllib.parse

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support.server import DidNotStart, Server

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
USER, PASSWORD = "keyway", "canary-of-the-mail-server"


def certificates(directory):
    """An authority of the test's own and a certificate for this machine: the authority's file and a TLS context."""
    now = datetime.datetime.now(datetime.UTC)

    def signed(name, key, issuer, issuer_key, *extensions):
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(issuer or subject, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = signed("test authority", ca_key, None, ca_key, x509.BasicConstraints(ca=True, path_length=0))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = signed("localhost", key, ca.subject, ca_key, names)
    pem = serialization.Encoding.PEM
    (directory / "ca.pem").write_bytes(ca.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "server.pem").write_bytes(leaf.public_bytes(pem) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem")
    return directory / "ca.pem", context


class Mailbox:
    """Keeps what comes in."""

    def __init__(self):
        self.mails = queue.Queue()

    async def handle_DATA(self, server, session, envelope):
        self.mails.put((session, envelope))
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def mail_server(scheme, context):
    mailbox = Mailbox()
    tls = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    # Over implicit TLS the server does not know that it is secure; it is.
    controller = Controller(
        mailbox,
        hostname="localhost",
        port=free_port(),
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=scheme != "smtps",
        **tls,
    )
    controller.start()
    try:
        yield mailbox, f"{scheme}://localhost:{controller.port}"
    finally:
        controller.stop()


@contextlib.contextmanager
def standin(monkeypatch, ca, url, password=PASSWORD):
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    monkeypatch.setenv("KEYWAY_SMTP_USER", USER)
    monkeypatch.setenv("KEYWAY_SMTP_PASSWORD", password)
    server = Server.start(os.environ["KEYWAY_BIN"], "--smtp", url, "--smtp-from", "keyway@example.com")
    try:
        yield server
    finally:
        server.stop()


def sign_up(server):
    new = {"address": "ulla@example.org", "name": "Ülla", "password": "Bright-Otter7"}
    control = server.control()
    control.call("POST", "/microsoft-accounts", new)
    (mail,) = control.call("GET", f"/tenants/{CONSUMERS}/mails?wait_seconds=10")["mails"]
    return mail


def delivered(server, mail, *states):
    """How the mail's delivery stands once it was tried and is in one of these states."""
    seen = []
    for _ in range(3000):
        delivery = server.control().call("GET", f"/tenants/{CONSUMERS}/mails/{mail['id']}")["delivery"]
        if delivery["state"] in states and delivery["tries"]:
            return delivery
        seen = [*seen[-3:], delivery]
    raise AssertionError(f"never {states}: {seen}")


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_mail_goes_over_tls_with_both_its_parts(monkeypatch, tmp_path, scheme):
    ca, context = certificates(tmp_path)
    with mail_server(scheme, context) as (mailbox, url), standin(monkeypatch, ca, url) as server:
        sent = sign_up(server)
        session, envelope = mailbox.mails.get(timeout=30)
        assert session.authenticated
        assert (envelope.mail_from, envelope.rcpt_tos) == ("keyway@example.com", ["ulla@example.org"])
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert mail["Subject"] == sent["subject"]
        assert mail["Auto-Submitted"] == "auto-generated"
        text = mail.get_body(("plain",)).get_content()
        html = mail.get_body(("html",)).get_content()
        assert "Hello Ülla" in text and sent["link"] in text
        assert urllib.parse.urlsplit(sent["link"]).query in html.replace("&#38;", "&")
        assert delivered(server, sent, "sent")["tries"] == 1
        assert mailbox.mails.empty()


def test_a_wrong_password_stands_in_the_outbox(monkeypatch, tmp_path):
    ca, context = certificates(tmp_path)
    with mail_server("smtps", context) as (mailbox, url), standin(monkeypatch, ca, url, "wrong") as server:
        sent = sign_up(server)
        delivery = delivered(server, sent, "failed")
        assert "535" in delivery["failed"] or "authenticat" in delivery["failed"].lower(), delivery
        assert mailbox.mails.empty()


def test_a_certificate_of_nobody_is_not_trusted(monkeypatch, tmp_path):
    _, context = certificates(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    ca, _ = certificates(other)
    with mail_server("smtps", context) as (mailbox, url), standin(monkeypatch, ca, url) as server:
        sent = sign_up(server)
        delivery = delivered(server, sent, "waiting", "failed")
        assert "certificate" in delivery["failed"], delivery
        assert mailbox.mails.empty()


def test_a_password_in_the_address_is_refused(monkeypatch):
    monkeypatch.delenv("KEYWAY_SMTP_USER", raising=False)
    with pytest.raises(DidNotStart) as refused:
        Server.start(os.environ["KEYWAY_BIN"], "--smtp", f"smtps://{USER}:{PASSWORD}@localhost")
    assert "KEYWAY_SMTP_PASSWORD" in str(refused.value)
    assert PASSWORD not in str(refused.value)
