"""Certificates of a test's own authority, sound and broken."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)
LOOPBACK = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
ELSEWHERE = x509.SubjectAlternativeName([x509.DNSName("elsewhere.example")])


@cache
def authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The authority that a crawl may be told to trust (SSL_CERT_FILE)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Tests' own authority")
    built = _builder(name, name, key, ends=DAY).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    return built.sign(key, hashes.SHA256()), key


def authority_pem() -> bytes:
    return authority()[0].public_bytes(Encoding.PEM)


@cache
def tls(kind: str) -> ssl.SSLContext:
    """A server's context with a certificate: "sound", "expired", "self-signed", "wrong-host"."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(kind)
    issuer, signer = authority()[0].subject, authority()[1]
    if kind == "self-signed":
        issuer, signer = name, key
    ends = -DAY if kind == "expired" else DAY
    names = ELSEWHERE if kind == "wrong-host" else LOOPBACK
    built = _builder(name, issuer, key, ends).add_extension(names, critical=False)
    return _context(built.sign(signer, hashes.SHA256()), key)


def _builder(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, ends: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 9 * DAY)
        .not_valid_after(now + ends)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _context(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    """`ssl` reads certificates and keys from files only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        Path(file.name).write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context.load_cert_chain(file.name)
    return context
