# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text keys of iSCSI (RFC 7143, 6.1), and the values that both sides of a login agree on (RFC 7143, 13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .interface import NO_DIGESTS, Digests

Pairs = list[tuple[str, str]]

CRC32C = "CRC32C"


def encode_text(pairs: Iterable[tuple[str, object]]) -> bytes:
    """Return keys and values as the data segment of a Login or Text PDU."""
    return b"".join(f"{key}={value}\0".encode() for key, value in pairs)


def decode_text(data: bytes) -> Pairs:
    """Read keys and values.

    Raises:
        ValueError: an item is no key=value, or not UTF-8
    """
    pairs = []
    for item in data.split(b"\0"):
        if item:
            key, equals, value = item.decode("utf-8").partition("=")
            if not equals:
                raise ValueError("a text item without '='")
            pairs.append((key, value))
    return pairs


@dataclass
class Parameters:
    """What one connection and its session agreed on; the defaults are those of RFC 7143, 13."""

    max_send: int = 8192
    """The other side's MaxRecvDataSegmentLength."""
    first_burst: int = 65536
    max_burst: int = 262144
    initial_r2t: bool = True
    immediate_data: bool = True
    digests: Digests = NO_DIGESTS

    def adopt(self, agreed: Iterable[tuple[str, str]]) -> None:
        """Take over results of a negotiation.

        Raises:
            ValueError: a number is none
        """
        for key, value in agreed:
            if key == "MaxRecvDataSegmentLength":
                self.max_send = int(value)
            elif key == "FirstBurstLength":
                self.first_burst = int(value)
            elif key == "MaxBurstLength":
                self.max_burst = int(value)
            elif key == "InitialR2T":
                self.initial_r2t = value == "Yes"
            elif key == "ImmediateData":
                self.immediate_data = value == "Yes"
            elif key == "HeaderDigest":
                self.digests = replace(self.digests, header=value == CRC32C)
            elif key == "DataDigest":
                self.digests = replace(self.digests, data=value == CRC32C)


@dataclass(frozen=True)
class Limits:
    """What one side can do."""

    max_receive: int = 262144
    first_burst: int = 65536
    max_burst: int = 262144
    initial_r2t: bool = False
    immediate_data: bool = True


DECLARED_IN_SECURITY = frozenset(("InitiatorName", "InitiatorAlias", "TargetName", "SessionType", "AuthMethod"))
"""Keys of the first stage that are not negotiated as parameters."""


def _choose_digest(offered: str, there: bool) -> str:
    """Return the first choice of the other side that this side has (RFC 7143, 6.2.1)."""
    return next((each for each in offered.split(",") if each == "None" or (each == CRC32C and there)), "Reject")


def answer_offer(offered: Iterable[tuple[str, str]], limits: Limits, digests: Digests = NO_DIGESTS) -> Pairs:
    """Return the target's answers to operational parameters (result functions of RFC 7143, 13).

    ``digests`` are those that the target has.

    Raises:
        ValueError: a number is none
    """
    least = {
        "FirstBurstLength": limits.first_burst,
        "MaxBurstLength": limits.max_burst,
        "MaxConnections": 1,
        "MaxOutstandingR2T": 1,
        "ErrorRecoveryLevel": 0,
        "DefaultTime2Retain": 0,
    }
    either = {"InitialR2T": limits.initial_r2t, "DataPDUInOrder": True, "DataSequenceInOrder": True}
    answers: Pairs = []
    for key, value in offered:
        if key in DECLARED_IN_SECURITY or key == "MaxRecvDataSegmentLength":
            continue
        if key in least:
            answer = str(min(int(value), least[key]))
        elif key in either:
            answer = "Yes" if either[key] or value == "Yes" else "No"
        elif key == "ImmediateData":
            answer = "Yes" if limits.immediate_data and value == "Yes" else "No"
        elif key == "DefaultTime2Wait":
            answer = str(int(value))
        elif key == "HeaderDigest":
            answer = _choose_digest(value, digests.header)
        elif key == "DataDigest":
            answer = _choose_digest(value, digests.data)
        elif key in ("IFMarker", "OFMarker"):
            answer = "No"
        else:
            answer = "NotUnderstood"
        answers.append((key, answer))
    return answers
