# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of a running lab's control."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

TIMEOUT = 30.0


class ControlError(Exception):
    """The control cannot be reached, or refuses."""


class LabClient:
    """Talks to the control at ``ADDRESS:PORT``."""

    def __init__(self, address: str) -> None:
        """Note where it listens; nothing is sent yet."""
        self.address = address

    def state(self) -> dict[str, Any]:
        """Return the truth about servers and arrays, and the breaches of the law."""
        state: dict[str, Any] = self._ask("GET", "/state")
        return state

    def inventory(self) -> dict[str, Any]:
        """Return the Ansible inventory."""
        inventory: dict[str, Any] = self._ask("GET", "/inventory")
        return inventory

    def events(self, since: int = 0, source: str | None = None, kind: str | None = None) -> list[dict[str, Any]]:
        """Return what happened after an event number, of one source or kind where named."""
        query = {"since": since, "source": source, "kind": kind}
        wanted = urlencode({name: value for name, value in query.items() if value is not None})
        events: list[dict[str, Any]] = self._ask("GET", f"/events?{wanted}")
        return events

    def faults(self) -> list[dict[str, Any]]:
        """Return what can be broken: usage, explanation, and whether it heals."""
        faults: list[dict[str, Any]] = self._ask("GET", "/faults")
        return faults

    def fault(self, name: str, *arguments: str) -> None:
        """Break something."""
        self._ask("POST", "/fault", {"name": name, "arguments": arguments})

    def heal(self, name: str, *arguments: str) -> None:
        """Undo a fault; the arguments are those it was injected with."""
        self._ask("POST", "/heal", {"name": name, "arguments": arguments})

    def present(self, host: str) -> None:
        """Present a server's LUNs to it."""
        self._ask("POST", "/present", {"host": host})

    def declare(self, host: str, dsm: str) -> None:
        """Let a server's administrator want another DSM, ``microsoft`` or ``hp``, from now on."""
        self._ask("POST", "/declare", {"host": host, "dsm": dsm})

    def set_chap(self, host: str, secret: str | None, array: str | None = None, **others: str) -> None:
        """Let the array's administrator set what a server has to prove, None for nothing.

        ``array`` None is every array; ``others`` may be ``name``, ``mutual_name`` and ``mutual_secret``.
        """
        self._ask("POST", "/chap", {"host": host, "secret": secret, "array": array, **others})

    def allow(
        self,
        host: str,
        reason: str,
        minimum_paths: int,
        stored_logins: bool = False,
        unused_disks: bool = False,
        paths: Sequence[tuple[str, str]] | None = None,
    ) -> None:
        """Let a server lose paths, and stored logins where said, on purpose.

        ``unused_disks``: a LUN that nothing uses may lose them all; ``paths``: only these (NIC, portal) pairs may go.
        """
        body = {
            "host": host,
            "reason": reason,
            "minimum_paths": minimum_paths,
            "stored_logins": stored_logins,
            "unused_disks": unused_disks,
            "paths": paths,
        }
        self._ask("POST", "/allow", body)

    def revoke(self, host: str) -> None:
        """End what was allowed to a server."""
        self._ask("POST", "/revoke", {"host": host})

    def down(self) -> None:
        """End the lab."""
        self._ask("POST", "/down", {})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body)
        connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT)
        try:
            connection.request(method, path, data, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ControlError(f"no lab answers at {self.address}: {error}") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ControlError(str(content.get("error", response.reason)))
        return content
