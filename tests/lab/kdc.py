# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain for the simulated servers: a real Kerberos KDC (MIT's krb5kdc) on a loopback port, its users and hosts.

It stands in for a domain controller where sign-in by Kerberos is concerned, and in nothing else. Everything it needs
lies in a temporary folder; the machine's own Kerberos configuration is neither read nor changed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from .winrm.accounts import Membership

REALM = "LAB.EXAMPLE"
SECONDS = 20.0
"""How long the KDC may take to start and to end."""

_PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
_PACKAGES = ("gssapi", "krb5", "kerberos")
_SEARCH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_ATTEMPTS = 5  # the port may be taken between choosing and using it
_MODERN = "aes256-cts-hmac-sha1-96:normal,aes128-cts-hmac-sha1-96:normal"
_OF_2003 = "arcfour-hmac:normal"

# krb5kdc ends when the pipe on our side closes, also when this process is killed.
_GUARD = """
exec 3<&0
"$@" 3<&- </dev/null &
kdc=$!
(read -r _ended <&3; kill "$kdc" 2>/dev/null) &
exec 3<&-
wait "$kdc"
"""

_CLIENT = """\
[libdefaults]
    default_realm = {realm}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    qualify_shortname = ""
    udp_preference_limit = 0
    allow_rc4 = true
    default_rcache_name = file2:{folder}/replays
[realms]
    {realm} = {{
        kdc = 127.0.0.1:{port}
    }}
[domain_realm]
    .{domain} = {realm}
"""
_SERVER = """\
[kdcdefaults]
    kdc_listen = 127.0.0.1:{port}
    kdc_tcp_listen = 127.0.0.1:{port}
[realms]
    {realm} = {{
        database_name = {folder}/principals
        key_stash_file = {folder}/stash
        acl_file = {folder}/acl
    }}
[logging]
    kdc = FILE:{folder}/kdc.log
"""


class KdcError(OSError):
    """A Kerberos program failed; the sentence holds what it said."""


def missing() -> list[str]:
    """Return the programs and Python packages without which there is no Kerberos in this process."""
    programs = [name for name in _PROGRAMS if shutil.which(name, path=_SEARCH) is None]
    return programs + [name for name in _PACKAGES if importlib.util.find_spec(name) is None]


class Domain:
    """A domain whose KDC runs until it is closed. Use as a context manager, or call `close`.

    Args:
        users: the domain's administrators, name and password
        realm: upper case; the DNS domain is the same in lower case

    Raises:
        KdcError: the KDC cannot be set up or does not start
    """

    def __init__(self, users: Mapping[str, str], realm: str = REALM) -> None:
        """Make the database and start the KDC; when this returns it answers."""
        self.realm = realm
        self.users = dict(users)
        self._cleanup = contextlib.ExitStack()
        self.folder = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="eva-mpio-kdc-")))
        try:
            self._start()
            for name, password in users.items():
                # Seen by whoever lists the processes at this moment: a lab's password protects nothing.
                self._administer("add_principal", "-pw", password, name)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Domain:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def configuration(self) -> Path:
        """The krb5.conf that clients need."""
        return self.folder / "krb5.conf"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a client finds this domain and no other."""
        return {"KRB5_CONFIG": str(self.configuration)}

    def host_name(self, computer: str) -> str:
        """Return the DNS name of a member, which is in the names of its services (the SPNs)."""
        return f"{computer}.{self.realm}".lower()

    def join(self, computer: str, *, rc4_only: bool = False) -> Membership:
        """Make a computer a member, with keys for ``host/`` and ``HTTP/``.

        Windows keeps one key for both (sPNMappings); they differ here, which no client can tell.

        Args:
            computer: its name
            rc4_only: as Windows Server 2003, which knows no AES (MS-KILE appendix B)

        Raises:
            KdcError: it is a member already
        """
        keytab = self.folder / f"{computer.lower()}.keytab"
        for service in ("host", "HTTP"):
            principal = f"{service}/{self.host_name(computer)}"
            self._administer("add_principal", "-randkey", "-e", _OF_2003 if rc4_only else _MODERN, principal)
            if rc4_only:
                self._administer("set_string", principal, "session_enctypes", "arcfour-hmac")
            self._administer("ktadd", "-norandkey", "-k", str(keytab), principal)
        domain = self.realm.partition(".")[0]
        return Membership(self.realm, domain, keytab, self.configuration, self.users)

    def ticket(self, user: str, cache: Path) -> dict[str, str]:
        """Sign a user in as ``kinit`` does; return the variables with which clients use the ticket."""
        variables = {**self.environment, "KRB5CCNAME": f"FILE:{cache}"}
        self._run(["kinit", f"{user}@{self.realm}"], variables, f"{self.users[user]}\n")
        return variables

    def close(self) -> None:
        """End the KDC and remove everything."""
        self._cleanup.close()

    def _start(self) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            port = _free_port()
            values = {"realm": self.realm, "domain": self.realm.lower(), "folder": self.folder, "port": port}
            self.configuration.write_text(_CLIENT.format(**values), encoding="ascii")
            (self.folder / "kdc.conf").write_text(_SERVER.format(**values), encoding="ascii")
            if attempt == 1:
                # The master key's password is of no use: the stash file lies beside the database.
                self._run(["kdb5_util", "create", "-s", "-r", self.realm, "-P", "unused"])
            if self._listens(port):
                return
        raise KdcError(f"krb5kdc ended {_ATTEMPTS} times before it listened: {self._log()}")

    def _listens(self, port: int) -> bool:
        """Start the KDC and wait for it; return whether it listens, False when it has ended instead."""
        process = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", _program("krb5kdc"), "-n", "-r", self.realm],
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + SECONDS
        while process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                self._cleanup.callback(_end, process)
                return True
            if time.monotonic() > deadline:
                _end(process)
                raise KdcError(f"krb5kdc runs and does not listen after {SECONDS:g} seconds: {self._log()}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        _end(process)
        return False

    def _administer(self, *command: str) -> None:
        self._run(["kadmin.local", "-r", self.realm, *command])

    def _run(self, command: Sequence[str], variables: Mapping[str, str] | None = None, typed: str = "") -> None:
        """Run a Kerberos program of the domain."""
        done = subprocess.run(
            [_program(command[0]), *command[1:]],
            env={**self._environment(), **(variables or {})},
            input=typed,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        # kadmin.local ends with 0 also when it has only complained.
        if done.returncode or (": " in done.stderr and "No policy specified" not in done.stderr):
            raise KdcError(f"{command[0]} failed with {done.returncode}: {(done.stderr or done.stdout).strip()}")

    def _environment(self) -> dict[str, str]:
        server = {"KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"), "LC_ALL": "C"}
        return {**os.environ, **self.environment, **server}

    def _log(self) -> str:
        log = self.folder / "kdc.log"
        return log.read_text(encoding="utf-8", errors="replace").strip()[-500:] if log.exists() else "it logged nothing"


def _program(name: str) -> str:
    found = shutil.which(name, path=_SEARCH)
    if found is None:
        raise KdcError(f"{name} is not installed (Debian packages krb5-kdc, krb5-admin-server and krb5-user)")
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe, on which the KDC ends, and wait for that."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
