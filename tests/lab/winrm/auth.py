# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign-in of one HTTP connection: Basic, client certificates, NTLM, Kerberos and CredSSP.

Sources: [MS-WSMV] 2.2.9.1 (encrypted messages), 3.1.4.1.29.1 (AllowUnencrypted), RFC 4559, RFC 7617, [MS-CSSP] 3.1.5.
"""

from __future__ import annotations

import base64
import binascii
import functools
import ssl
import struct
import tempfile
from dataclasses import dataclass

import spnego
from cryptography import x509
from spnego.exceptions import SpnegoError
from spnego.tls import CredSSPTLSContext, default_tls_context, generate_tls_certificate

from . import soapfault
from .accounts import CertificateMapping, Membership, known_to, local_name
from .interface import Machine
from .profile import Profile
from .sealing import Seal
from .soapfault import WsmanFault
from .tls import only_tls_1_0

CERTIFICATE = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
"""What a client that signs in by its certificate writes into the Authorization header (DSP0226, security profiles)."""

_NTLM = b"NTLMSSP\0"
# A GSS token of Kerberos itself, not wrapped in SPNEGO: tag, length, then the mechanism 1.2.840.113554.1.2.2.
_KERBEROS = bytes.fromhex("06092a864886f712010202")
_STALE = (
    "An attempt has been made to operate on an impersonation token by a thread that is not currently impersonating a "
    "client. "
)


@dataclass(frozen=True)
class Policy:
    """What a server's service configuration allows.

    Windows' own defaults are false for Basic, Certificate, CredSSP and AllowUnencrypted (MS-WSMV 2.2.4.34, 2.2.4.36); a
    lab allows them all so that the cheapest sign-in works. Kerberos needs a domain, CredSSP a stack that has it, and
    certificates an entry that maps them.
    """

    basic: bool = True
    allow_unencrypted: bool = True
    kerberos: bool = True
    credssp: bool = True
    certificates: tuple[CertificateMapping, ...] = ()
    modern_tls: bool = True
    """Whether HTTPS and CredSSP speak TLS 1.2; else TLS 1.0 is all, as on Windows Server 2003 and 2008."""


@dataclass(frozen=True)
class Outcome:
    """What a request's Authorization header led to.

    ``challenges`` are the WWW-Authenticate headers to send; with ``accepted`` false they go with a 401.
    """

    accepted: bool
    challenges: tuple[str, ...] = ()


class SignIn:
    """The sign-in state of one connection: NTLM, Kerberos and CredSSP sign in the connection, the others a request."""

    def __init__(
        self,
        machine: Machine,
        policy: Policy,
        profile: Profile,
        membership: Membership | None = None,
        *,
        tls: bool,
        certificate: bytes | None = None,
    ) -> None:
        """Start anonymous.

        Args:
            machine: whose accounts sign in
            policy: which ways are open
            profile: what the stack knows
            membership: the domain of the machine, None where it has none
            tls: whether the connection is HTTPS
            certificate: what the client showed in the handshake, in DER
        """
        self.user = ""
        self.scheme = ""
        self.denied: WsmanFault | None = None
        """What the service says to each message of a caller who has signed in and may not do anything."""
        self._machine = machine
        self._policy = policy
        self._membership = membership
        self._tls = tls
        self._certificate = certificate
        self._basic_offered = policy.basic and (tls or policy.allow_unencrypted)
        self._kerberos_offered = policy.kerberos and membership is not None
        self._credssp_offered = policy.credssp and profile.credssp
        self._context: spnego.ContextProxy | None = None
        self._context_scheme = ""
        self._context_name = ""
        self._signed_in = False

    @property
    def offers(self) -> tuple[str, ...]:
        """The WWW-Authenticate headers of a 401: Basic only where the password travels as the policy allows.

        Names and order as a Windows service with everything enabled sends them (seen in public traces of clients).
        """
        offers = {
            "Negotiate": True,
            "Kerberos": self._kerberos_offered,
            'Basic realm="WSMAN"': self._basic_offered,
            "CredSSP": self._credssp_offered,
        }
        return tuple(name for name, offered in offers.items() if offered)

    @property
    def seal(self) -> Seal | None:
        """What seals this connection's messages; None where nobody has signed in in a way that seals."""
        if self._context is None or not self._context.complete:
            return None
        return Seal(self._context, self._context_scheme)

    def check(self, header: str | None) -> Outcome:
        """Judge an Authorization header."""
        if header is None:
            return Outcome(True) if self._signed_in else self._refused()
        if header.strip().lower() == CERTIFICATE:
            return self._by_certificate()
        scheme, _unused, value = header.partition(" ")
        scheme = scheme.lower()
        try:
            token = base64.b64decode(value.strip(), validate=True)
        except binascii.Error:
            return self._refused()
        if scheme == "basic" and self._basic_offered:
            return self._basic(token)
        exchanged = {"negotiate": True, "kerberos": self._kerberos_offered, "credssp": self._credssp_offered}
        return self._exchange(scheme, token) if token and exchanged.get(scheme) else self._refused()

    def may_be_unsealed(self) -> bool:
        """Whether a message may come as it is (MS-WSMV 3.1.4.1.29.1)."""
        return self._tls or self._policy.allow_unencrypted

    def _refused(self) -> Outcome:
        self._forget()
        self.user, self.denied = "", None
        return Outcome(False, self.offers)

    def _forget(self) -> None:
        self._signed_in, self._context = False, None

    def _basic(self, token: bytes) -> Outcome:
        user, _unused, password = token.decode("utf-8", "replace").partition(":")
        user = local_name(self._machine.name, user)
        if not self._machine.check_password(user, password):
            return self._refused()
        # Basic proves one request; the next must bring its own header.
        self._forget()
        self.user, self.scheme = user, "Basic"
        return Outcome(True)

    def _by_certificate(self) -> Outcome:
        """Sign in whom the certificate is mapped to; without such an entry 401 (diyan/pywinrm issue 311)."""
        if not self._tls or self._certificate is None:
            return self._refused()
        certificate = x509.load_der_x509_certificate(self._certificate)
        mapping = next((one for one in self._policy.certificates if one.fits(certificate)), None)
        if mapping is None:
            return self._refused()
        self._forget()
        self.user, self.scheme = mapping.user, "Certificate"
        # ansible-collections/ansible.windows issue 159: a fault, once the account has another password than the entry.
        fresh = self._machine.check_password(mapping.user, mapping.password)
        self.denied = None if fresh else WsmanFault(soapfault.NO_IMPERSONATION, _STALE)
        return Outcome(True)

    def _exchange(self, scheme: str, token: bytes) -> Outcome:
        try:
            with known_to(self._machine, self._membership):
                if self._context is None or self._context.complete or scheme != self._context_scheme:
                    self._forget()
                    self._context, self._context_name = self._begun(scheme, token)
                    self._context_scheme = scheme
                answer = self._context.step(token)
        # pyspnego lets errors from below out where a token is no token at all, gssapi where it is for somebody else.
        except (SpnegoError, ValueError, struct.error, IndexError, AttributeError):
            return self._refused()
        name = {"negotiate": "Negotiate", "kerberos": "Kerberos", "credssp": "CredSSP"}[scheme]
        challenges = (f"{name} {base64.b64encode(answer).decode()}",) if answer else ()
        if not self._context.complete:
            return Outcome(False, challenges) if challenges else self._refused()
        self._signed_in, self.scheme = True, self._context_name
        self._name(str(self._context.client_principal or ""))
        return Outcome(True, challenges)

    def _begun(self, scheme: str, token: bytes) -> tuple[spnego.ContextProxy, str]:
        """Return an acceptor for the first token of an exchange, and what to call it."""
        options = spnego.NegotiateOptions
        if scheme == "credssp":
            tls = _credssp_tls(self._policy.modern_tls)
            return spnego.server(protocol="credssp", options=options.use_negotiate, credssp_tls_context=tls), "CredSSP"
        if token.startswith(_NTLM):
            return spnego.server(protocol="ntlm", options=options.use_ntlm), "NTLM"
        if self._kerberos_offered and _KERBEROS in token[:16]:
            return spnego.server(protocol="kerberos", options=options.use_gssapi), "Kerberos"
        return spnego.server(protocol="negotiate", options=options.use_negotiate), "Negotiate"

    def _name(self, principal: str) -> None:
        """Note who has signed in; an account of the domain that is no administrator may do nothing (error 5)."""
        self.denied = None
        if "@" in principal and self._membership is not None:
            account = self._membership.account(principal)
            self.user = account or principal
            self.denied = None if account else WsmanFault(soapfault.ACCESS_DENIED)
        else:
            self.user = local_name(self._machine.name, principal)


@functools.lru_cache(maxsize=2)
def _credssp_tls(modern: bool) -> CredSSPTLSContext:
    """Return what CredSSP's own TLS layer is made with.

    TLS 1.2 at most: what the releases of the lab have in common; TLS 1.3, which 2022 brought, is not simulated.
    """
    certificate, key, public_key = generate_tls_certificate()
    tls = default_tls_context(usage="accept")
    with tempfile.NamedTemporaryFile(prefix="eva-mpio-lab-", suffix=".pem") as file:
        file.write(certificate + key)
        file.flush()
        tls.context.load_cert_chain(file.name)
    if modern:
        tls.context.maximum_version = ssl.TLSVersion.TLSv1_2
    else:
        only_tls_1_0(tls.context)
    return CredSSPTLSContext(context=tls.context, public_key=public_key)
