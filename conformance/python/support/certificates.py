"""Client certificates and the assertions that are signed with them."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import time
import uuid

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclasses.dataclass
class ClientCertificate:
    """A self-signed certificate with its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    def fresh(cls, name: str = "keyway conformance") -> ClientCertificate:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=365))
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def read(cls, pem: bytes) -> ClientCertificate:
        key = serialization.load_pem_private_key(pem, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return cls(x509.load_pem_x509_certificate(pem), key)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def private_pem(self) -> str:
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return self.key.private_bytes(*form).decode()

    @property
    def thumbprint(self) -> str:
        """SHA-1 in hexadecimal, as the portal shows it."""
        return self.certificate.fingerprint(hashes.SHA1()).hex().upper()

    def assertion(self, client_id: str, audience: str, *, key: rsa.RSAPrivateKey | None = None, **claims: object) -> str:
        """A client assertion; a claim that is None is left out."""
        now = int(time.time())
        given = {
            "iss": client_id, "sub": client_id, "aud": audience, "jti": str(uuid.uuid4()),
            "iat": now, "nbf": now, "exp": now + 600, **claims,
        }
        given = {name: value for name, value in given.items() if value is not None}
        x5t = base64.urlsafe_b64encode(self.certificate.fingerprint(hashes.SHA1())).rstrip(b"=").decode()
        return jwt.encode(given, key or self.key, algorithm="RS256", headers={"x5t": x5t})
