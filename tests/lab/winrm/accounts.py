# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a server knows: its own accounts, those of its domain, and the owners of client certificates."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.extensions import ExtensionNotFound
from cryptography.x509.oid import ExtensionOID

from .interface import Machine

USER_PRINCIPAL_NAME = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
"""The type of the otherName in which a certificate names a user (szOID_NT_PRINCIPAL_NAME of wincrypt.h)."""

_UTF8_STRING = 0x0C
_environment_lock = threading.Lock()


@dataclass(frozen=True)
class Membership:
    """A server in a domain; ``kdc.Domain.join`` makes it.

    ``users`` are the domain's administrators, name and password; they are administrators of each member.
    """

    realm: str
    domain: str
    keytab: Path
    configuration: Path
    users: Mapping[str, str] = field(repr=False)

    def account(self, principal: str) -> str | None:
        """Return the account of an administrator's Kerberos principal as Windows shows it; None for anybody else."""
        name, _unused, realm = principal.partition("@")
        known = {user.lower(): user for user in self.users}
        user = known.get(name.lower()) if realm.lower() == self.realm.lower() else None
        return None if user is None else f"{self.domain}\\{user}"


@dataclass(frozen=True)
class CertificateMapping:
    """An entry of ``winrm/config/service/certmapping``: whose certificate signs in as which local account.

    Args:
        issuer: the authority's certificate (the entry holds its thumbprint)
        subject: the user principal name in the certificate, ``*`` for any part of it
        user: the local account
        password: as it was when the entry was made; a later change of the account's password breaks the entry
    """

    issuer: x509.Certificate
    subject: str
    user: str
    password: str = field(repr=False)

    def fits(self, certificate: x509.Certificate) -> bool:
        """Whether this entry is for a certificate."""
        try:
            certificate.verify_directly_issued_by(self.issuer)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            return False
        name = principal_name(certificate)
        return name is not None and fnmatchcase(name.lower(), self.subject.lower())


def principal_name(certificate: x509.Certificate) -> str | None:
    """Return the user principal name that a certificate carries in its subjectAltName."""
    try:
        names = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except ExtensionNotFound:
        return None
    for name in names if isinstance(names, x509.SubjectAlternativeName) else ():
        # A UTF8String of less than 128 octets: tag, length, text.
        if isinstance(name, x509.OtherName) and name.type_id == USER_PRINCIPAL_NAME and name.value[0] == _UTF8_STRING:
            return name.value[2 : 2 + name.value[1]].decode("utf-8")
    return None


def local_name(computer: str, user: str) -> str:
    """Take the computer's own name off an account name (MS-WSMV <79>)."""
    domain, separator, name = user.rpartition("\\")
    return name if separator and domain.lower() in (computer.lower(), ".", "") else user


@contextmanager
def known_to(machine: Machine, membership: Membership | None) -> Iterator[None]:
    """Show one server's accounts and keys to pyspnego's acceptors.

    Their only way in are files named by environment variables, which are process-wide; so each step of a sign-in has
    the variables for itself, with files that hold what this server knows and nobody else's.
    """
    with _environment_lock, tempfile.NamedTemporaryFile("w", prefix="eva-mpio-lab-", encoding="utf-8") as store:
        store.writelines(_lines(machine, membership))
        store.flush()
        # A server outside of any domain has no keys; a file that is not there says so.
        variables = {"NTLM_USER_FILE": store.name, "KRB5_KTNAME": f"FILE:{store.name}.none"}
        if membership is not None:
            variables["KRB5_KTNAME"] = f"FILE:{membership.keytab}"
            variables["KRB5_CONFIG"] = str(membership.configuration)
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _lines(machine: Machine, membership: Membership | None) -> Iterator[str]:
    """Yield ``domain:user:password`` for every spelling under which NTLM knows an account."""
    for user, password in machine.passwords.items():
        yield from _spelled(("", ".", machine.name), user, password)
    if membership is not None:
        for user, password in membership.users.items():
            yield from _spelled((membership.domain,), user, password)
            yield from _spelled(("",), f"{user}@{membership.realm}", password)


def _spelled(domains: tuple[str, ...], user: str, password: str) -> Iterator[str]:
    if set(user + password) & set(":\r\n"):
        raise ValueError(f"the account {user!r}: accounts of the lab have no colon or line break in name or password")
    return (f"{domain}:{user}:{password}\n" for domain in domains)
