# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults to inject into one server's WinRM endpoint, settable while it runs.

`Faults.at` hits the n-th HTTP request from now on, whatever it is (sign-in requests count), so a sweep can cut a run
at each of its requests. `Faults.on` hits requests by action and by what they are about.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TypeAlias

from .soapfault import ACCESS_DENIED, CANNOT_PROCESS_FILTER


@dataclass(frozen=True)
class CutBefore:
    """Reset the connection instead of acting."""


@dataclass(frozen=True)
class CutAfter:
    """Act, then reset the connection instead of answering."""


@dataclass(frozen=True)
class HttpAnswer:
    """Answer with this status and text instead of acting, as a proxy or a dying service does."""

    status: int = 503
    body: bytes = b"<html><body>Service Unavailable</body></html>"


@dataclass(frozen=True)
class Delay:
    """Wait before acting."""

    seconds: float


@dataclass(frozen=True)
class SoapAnswer:
    """Answer with a SOAP fault instead of acting."""

    code: int
    message: str | None = None


@dataclass(frozen=True)
class EndlessBody:
    """Begin an answer that never ends; it stops when the client hangs up."""


Effect: TypeAlias = CutBefore | CutAfter | HttpAnswer | Delay | SoapAnswer | EndlessBody

AccessDenied = SoapAnswer(ACCESS_DENIED)
"""What a filtered token (UAC) or a missing right looks like."""
ClassMissing = SoapAnswer(CANNOT_PROCESS_FILTER, "The specified class does not exist in the given namespace. ")


@dataclass
class _Rule:
    effect: Effect
    number: int | None
    action: str | None
    resource: str | None
    times: int | None
    spared: int = 0


class Faults:
    """The faults of one server."""

    def __init__(self) -> None:
        """Start with none."""
        self.refusing = False
        """While true, the endpoint refuses connections as if the service were stopped; open ones are reset."""
        self._count = 0
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    @property
    def requests(self) -> int:
        """HTTP requests so far."""
        with self._lock:
            return self._count

    def at(self, number: int, effect: Effect) -> None:
        """Hit the ``number``-th HTTP request from now on, 1 being the next."""
        with self._lock:
            self._rules.append(_Rule(effect, self._count + number, None, None, 1))

    def on(
        self,
        effect: Effect,
        *,
        action: str | None = None,
        resource: str | None = None,
        times: int | None = None,
        spared: int = 0,
    ) -> None:
        """Hit requests of this action (``Get``, ``Command``, a method) and class (or ``shell``), always or so often.

        The first ``spared`` of them go through.
        """
        with self._lock:
            self._rules.append(_Rule(effect, None, action, resource, times, spared))

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._rules.clear()
            self.refusing = False

    def arrived(self) -> int:
        """Count a request and return its number."""
        with self._lock:
            self._count += 1
            return self._count

    def effect(self, number: int, action: str, resource: str) -> Effect | None:
        """Return what shall happen to a request, and use it up."""
        with self._lock:
            for rule in self._rules:
                if self._hits(rule, number, action, resource):
                    if rule.spared:
                        rule.spared -= 1
                        continue
                    if rule.times is not None:
                        rule.times -= 1
                        if not rule.times:
                            self._rules.remove(rule)
                    return rule.effect
        return None

    @staticmethod
    def _hits(rule: _Rule, number: int, action: str, resource: str) -> bool:
        if rule.number is not None:
            return rule.number == number
        return rule.action in (None, action) and (rule.resource is None or rule.resource.lower() == resource.lower())
