# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the servers of a fleet are signed in to: what each allows, the domain that some are in, and what clients need."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType
from typing import Any

from .kdc import Domain
from .spec import FleetSpec, HostSpec
from .winrm.accounts import CertificateMapping, Membership
from .winrm.auth import Policy
from .winrm.tls import Authority

ANCIENT_TLS = ("2003", "2008", "2008r2")
"""Releases that as delivered speak TLS 1.0 and nothing newer; 2008 R2 has TLS 1.2, but switched off (Microsoft,
"Protocols in TLS/SSL (Schannel SSP)")."""


class Access:
    """Use as a context manager, or call `close`; a KDC runs meanwhile if any server is signed in to by Kerberos."""

    def __init__(self, spec: FleetSpec, authority: Authority) -> None:
        """Start the KDC if there is need of one.

        Args:
            spec: the fleet
            authority: signs client certificates, and is trusted with that by the servers that want them

        Raises:
            kdc.KdcError: it is needed and cannot be started
        """
        self._authority = authority
        self._cleanup = contextlib.ExitStack()
        self._certificates: dict[str, tuple[Path, Path]] = {}
        users = {host.user: host.password for host in spec.hosts if host.winrm.transport == "kerberos"}
        self._domain = self._cleanup.enter_context(Domain(users)) if users else None

    def __enter__(self) -> Access:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the KDC."""
        self._cleanup.close()

    @property
    def domain(self) -> Domain | None:
        """The domain; None where no server is signed in to by Kerberos."""
        return self._domain

    def policy(self, host: HostSpec) -> Policy:
        """Return what a server's WinRM service allows: what its clients need, and otherwise Windows' own defaults."""
        way = host.winrm.transport
        mapping = CertificateMapping(self._authority.certificate, _principal(host), host.user, host.password)
        return Policy(
            basic=way == "basic",
            allow_unencrypted=way == "basic" and host.winrm.scheme == "http",
            credssp=way == "credssp",
            certificates=(mapping,) if way == "certificate" else (),
            modern_tls=host.release not in ANCIENT_TLS if host.winrm.tls is None else host.winrm.tls != "1.0",
        )

    def membership(self, host: HostSpec) -> Membership | None:
        """Make a server that is signed in to by Kerberos a member of the domain; once for each."""
        if self._domain is None or host.winrm.transport != "kerberos":
            return None
        return self._domain.join(host.name, rc4_only=host.release == "2003")

    def variables(self, host: HostSpec) -> dict[str, Any]:
        """Return the inventory variables that a server's way of signing in needs besides the usual ones.

        For Kerberos ``lab_krb5_config`` is what KRB5_CONFIG has to name in the environment of ansible-playbook.
        """
        if host.winrm.transport == "kerberos" and self._domain is not None:
            return {
                "ansible_user": f"{host.user}@{self._domain.realm}",
                "ansible_winrm_kerberos_hostname_override": self._domain.host_name(host.name),
                "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"],
                "lab_krb5_config": str(self._domain.configuration),
            }
        if host.winrm.transport == "certificate":
            if host.name not in self._certificates:
                self._certificates[host.name] = self._authority.client_certificate(_principal(host))
            certificate, key = self._certificates[host.name]
            return {"ansible_winrm_cert_pem": str(certificate), "ansible_winrm_cert_key_pem": str(key)}
        return {}


def _principal(host: HostSpec) -> str:
    """Name the owner of a client certificate as the documentation of the mapping does for local accounts."""
    return f"{host.user}@localhost".lower()
