# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates for HTTPS endpoints: one authority for a lab, one certificate for each server."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .accounts import USER_PRINCIPAL_NAME

_ONE_DAY = datetime.timedelta(days=1)
_UTF8_STRING = 0x0C


class Authority:
    """A certificate authority that lives as long as this object; ``path`` is what clients must trust.

    It carries keyUsage: Python 3.13 verifies strictly and refuses an authority without (RFC 5280 4.2.1.3).
    """

    def __init__(self) -> None:
        """Make key and certificate."""
        self._folder = tempfile.TemporaryDirectory(prefix="eva-mpio-lab-")
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Simulated servers")
        signing = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        self.certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(signing, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.path = Path(self._folder.name) / "ca.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def server_context(
        self, name: str, address: str, *, clients: Iterable[x509.Certificate] = (), modern: bool = True
    ) -> ssl.SSLContext:
        """Return a TLS context with a new certificate for a server's name and address.

        Args:
            name: of the computer
            address: at which it listens
            clients: authorities whose client certificates are taken; with any of them each client is asked for one
                (Windows asks later, when the request wants it, which clients do not see)
            modern: whether it speaks TLS 1.2 and later; else TLS 1.0 and nothing else
        """
        alternatives: list[x509.GeneralName] = [
            x509.DNSName(name),
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address(address)),
        ]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # The ssl module reads certificates from files only.
        with tempfile.NamedTemporaryFile(dir=self._folder.name, suffix=".pem") as file:
            file.write(b"".join(self._issued(name, alternatives, ExtendedKeyUsageOID.SERVER_AUTH)))
            file.flush()
            context.load_cert_chain(file.name)
        for authority in clients:
            context.load_verify_locations(cadata=authority.public_bytes(serialization.Encoding.PEM).decode("ascii"))
            context.verify_mode = ssl.CERT_OPTIONAL
        if not modern:
            only_tls_1_0(context)
        return context

    def client_certificate(self, principal: str) -> tuple[Path, Path]:
        """Issue a certificate for a user principal name such as ``ansible@localhost``; return it and its key, as files.

        They are what ansible_winrm_cert_pem and ansible_winrm_cert_key_pem want.
        """
        text = principal.encode("utf-8")
        alternative = x509.OtherName(USER_PRINCIPAL_NAME, bytes((_UTF8_STRING, len(text))) + text)
        issued = self._issued(principal.partition("@")[0], [alternative], ExtendedKeyUsageOID.CLIENT_AUTH)
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        paths = folder / "certificate.pem", folder / "key.pem"
        for path, content in zip(paths, issued, strict=True):
            path.touch(mode=0o600)
            path.write_bytes(content)
        return paths

    def _issued(
        self, name: str, alternatives: list[x509.GeneralName], usage: x509.ObjectIdentifier
    ) -> tuple[bytes, bytes]:
        """Return a new certificate and its key, in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._builder(_name(name), key.public_key())
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM), private

    def close(self) -> None:
        """Remove the files."""
        self._folder.cleanup()

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _ONE_DAY)
            .not_valid_after(now + 30 * _ONE_DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def only_tls_1_0(context: ssl.SSLContext) -> None:
    """Make a server speak TLS 1.0 and nothing newer, as Windows Server 2003 and 2008 do.

    OpenSSL offers that at security level 0 only (SSL_CTX_set_security_level), and Python warns of the old version.
    """
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
