"""Certificates: one authority a user, kept between clusters so that starting one needs no key generation.

Keys stay in a folder that only their user can read. `cryptography` is imported only when something has to
be made or signed: a server that finds its files starts without it.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_YEARS = datetime.timedelta(days=3650)
_RENEW = datetime.timedelta(days=30)
_NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)
_ADDRESSES = ("127.0.0.1", "10.96.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Pki:
    """The files of an authority and of the server's certificate that it signed."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def authority_key(self) -> Path:
        return self.folder / "ca.key"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.crt"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"

    @classmethod
    def ensure(cls, folder: Path) -> Pki:
        """The files in `folder`, made when absent or about to expire. Raises OSError when they cannot be."""
        pki = cls(folder)
        paths = (pki.authority, pki.authority_key, pki.certificate, pki.key)
        if all(path.exists() for path in paths) and _fresh(folder):
            return pki
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(pki)
        return pki

    def sign(self, request: bytes, seconds: int, client: bool = True) -> bytes:
        """A certificate (PEM) for a signing request (PEM), with the request's subject. Raises ValueError."""
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.x509.oid import ExtendedKeyUsageOID

        wanted = x509.load_pem_x509_csr(request)
        if not wanted.is_signature_valid:
            raise ValueError("the request's signature does not fit its key")
        ca = x509.load_pem_x509_certificate(self.authority.read_bytes())
        key = serialization.load_pem_private_key(self.authority_key.read_bytes(), None)
        usage = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
        builder = _builder(wanted.subject, ca.subject, wanted.public_key(), datetime.timedelta(seconds=seconds))
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return _signed(builder, key)  # type: ignore[arg-type]


def _fresh(folder: Path) -> bool:
    """Certificates last for years; a file's age tells without parsing it."""
    age = datetime.datetime.now().timestamp() - (folder / "server.crt").stat().st_mtime
    return age < (_YEARS - _RENEW).total_seconds()


def _make(pki: Pki) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("labyard-ca")
    ca = _builder(ca_name, ca_name, ca_key.public_key(), _YEARS).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(name) for name in _NAMES]
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES]
    server = (
        _builder(_name("kube-apiserver"), ca_name, key.public_key(), _YEARS)
        .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    _write(pki.authority_key, _pem(ca_key))
    _write(pki.key, _pem(key))
    _write(pki.authority, _signed(ca, ca_key))
    _write(pki.certificate, _signed(server, ca_key))


def _name(common: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: object, lifetime: datetime.timedelta
) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)  # type: ignore[arg-type]
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + lifetime)
    )


def _signed(builder: x509.CertificateBuilder, key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import hashes, serialization

    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, readable by its user alone."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    scratch.replace(path)
