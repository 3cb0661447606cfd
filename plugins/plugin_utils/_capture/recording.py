# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recording what a host is asked and answers, and writing it into a folder. Private to the collection."""

from __future__ import annotations

import json
import os
import typing as t
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from .._wire.faults import ConnectionFailed, HostWentAway, WireError
from .._wire.link import Link
from .disguise import Disguise
from .probes import PROBES
from .scrubbing import Exchange, scrubbed
from .summary import summary

INDEX: t.Final = "index.yml"
READING: t.Final = "reading"
"""What the exchanges are for that no probe made."""


@dataclass(frozen=True)
class Finding:
    """What a probe found, in words."""

    probe: str
    tells: str
    outcome: str


def objection(folder: Path) -> str | None:
    """Tell why nothing can be written into a folder, None where something can."""
    if folder.is_dir() and any(folder.iterdir()):
        return f"the folder {folder} on the controller is not empty; name a new one for each capture"
    if folder.exists() and not folder.is_dir():
        return f"{folder} on the controller is a file; name a new folder for each capture"
    return None


class Recorder:
    """Listens to a link, and keeps what it hears in memory until it is disguised."""

    def __init__(self, link: Link, names: Iterable[str]) -> None:
        self._link = link
        self._names = tuple(names)
        self._exchanges: list[Exchange] = []
        self._purposes: list[str] = []
        self._findings: list[Finding] = []
        self._purpose = READING

    def record(self, work: Callable[[], dict[str, t.Any]], folder: Path) -> dict[str, t.Any]:
        """Do the work and the probes, and write what was said, also where the work fails.

        Args:
            work: Reads the host over the link.
            folder: Where to write; it is made if something was heard.

        Returns:
            What the work returns.

        Raises:
            WireError: and whatever else the work raises.
            OSError: the folder cannot be written.
        """
        self._link.listen(self._hear)
        try:
            result = work()
            self._probe()
            self._link.close()
        finally:
            self._link.listen(None)
            if self._exchanges:
                self._write(folder)
        return result

    def _hear(self, request: str, answer: str, status: int) -> None:
        self._exchanges.append(Exchange(request, answer, status))
        self._purposes.append(self._purpose)

    def _probe(self) -> None:
        for probe in PROBES:
            self._purpose = probe.name
            try:
                outcome = probe.ask(self._link)
            except (ConnectionFailed, HostWentAway):
                raise
            except WireError as error:
                outcome = str(error)
            self._findings.append(Finding(probe.name, probe.tells, outcome))
        self._purpose = READING

    def _write(self, folder: Path) -> None:
        disguise = self._disguise()
        exchanges = scrubbed(self._exchanges, disguise)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        entries = []
        for number, (exchange, purpose) in enumerate(zip(exchanges, self._purposes, strict=True), 1):
            request, answer = f"{number:04}-request.xml", f"{number:04}-answer.xml"
            _write(folder / request, exchange.request)
            _write(folder / answer, exchange.answer)
            entries.append(
                {
                    "asked": summary(exchange.request),
                    "for": purpose,
                    "request": request,
                    "answer": answer,
                    "status": exchange.status,
                }
            )
        findings = [{**asdict(finding), "outcome": disguise.named(finding.outcome)} for finding in self._findings]
        # JSON is YAML, needs no library, and quotes whatever a host may say.
        index = {"format": 1, "exchanges": entries, "probes": findings}
        _write(folder / INDEX, json.dumps(index, indent=2, ensure_ascii=False) + "\n")

    def _disguise(self) -> Disguise:
        user, password = self._link.account
        disguise = Disguise({password.value, *self._link.secrets})
        disguise.learn("user", user)
        for name in (self._link.host, *self._names):
            disguise.learn("host", name)
        return disguise


def _write(path: Path, text: str) -> None:
    """Write a new file for nobody but its owner; one that is there is not touched."""
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        file.write(text)
