# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The login phase as the lab's servers play it (RFC 7143, 6 and 11.12)."""

from __future__ import annotations

from .chap import MD5, Challenge, answer_challenge
from .initiator import InitiatorConnection
from .interface import NO_DIGESTS, AuthenticationFailed, Chap, ConnectionLost, InitiatorSide, LoginRejected
from .pdu import CONTINUE, FINAL, Opcode, Pdu
from .text import CRC32C, Limits, Pairs, decode_text, encode_text

SECURITY, OPERATIONAL, FULL_FEATURE = 0, 1, 3

LIMITS = Limits()


async def log_in(connection: InitiatorConnection, side: InitiatorSide, target: str | None, isid: bytes) -> None:
    """Bring a connection to the full feature phase; on failure it is reset.

    Args:
        connection: a fresh connection
        side: node name and CHAP accounts
        target: the target's IQN, None for a discovery session
        isid: the initiator session id, 6 bytes

    Raises:
        LoginRejected, AuthenticationFailed, ConnectionLost
    """
    try:
        await _Login(connection, isid).run(side, target)
    except (KeyError, ValueError) as error:
        connection.reset("malformed login")
        raise ConnectionLost(f"the target's login answer is malformed: {error}") from None
    except BaseException:
        connection.reset("the login failed")
        raise
    connection.start()


class _Login:
    """One login; ``_stage`` and ``_tsih`` follow the target's answers."""

    def __init__(self, connection: InitiatorConnection, isid: bytes) -> None:
        self._connection = connection
        self._isid = isid
        self._stage = SECURITY

    async def run(self, side: InitiatorSide, target: str | None) -> None:
        keys = await self._introduce(side, target)
        if keys.get("AuthMethod") == "CHAP" and side.one_way:
            await self._authenticate(side.one_way, side.mutual)
        elif side.mutual:
            raise AuthenticationFailed("the target did not offer to prove its identity")
        if self._stage == SECURITY:
            await self._step([], FULL_FEATURE if target is None else OPERATIONAL)
        if self._stage == OPERATIONAL:
            await self._negotiate(side, target)
        if self._stage != FULL_FEATURE:
            raise ValueError("the login does not come to its end")

    async def _introduce(self, side: InitiatorSide, target: str | None) -> dict[str, str]:
        pairs = [("InitiatorName", side.node_name)]
        if target is None:
            pairs.append(("SessionType", "Discovery"))
        else:
            pairs += [("SessionType", "Normal"), ("TargetName", target)]
        # Whoever wants the target's proof takes nothing but CHAP.
        offer = "None" if side.one_way is None else "CHAP" if side.mutual else "CHAP,None"
        return await self._step([*pairs, ("AuthMethod", offer)], None if side.one_way else OPERATIONAL)

    async def _authenticate(self, account: Chap, mutual: Chap | None) -> None:
        keys = await self._step([("CHAP_A", MD5)], None)
        proof = answer_challenge(account, keys)
        challenge = Challenge()
        if mutual:
            proof += challenge.keys()
        keys = await self._step(proof, OPERATIONAL)
        if mutual and not challenge.is_met(mutual, keys):
            raise AuthenticationFailed("the target did not prove its identity with CHAP")

    async def _negotiate(self, side: InitiatorSide, target: str | None) -> None:
        digests = NO_DIGESTS if target is None else side.digests
        offer = [
            ("HeaderDigest", _digest_offer(digests.header, side.digests_required)),
            ("DataDigest", _digest_offer(digests.data, side.digests_required)),
            ("ErrorRecoveryLevel", "0"),
            ("DefaultTime2Wait", "0"),
            ("DefaultTime2Retain", "0"),
            ("MaxRecvDataSegmentLength", str(LIMITS.max_receive)),
        ]
        if target is not None:
            offer += [
                ("InitialR2T", "Yes" if LIMITS.initial_r2t else "No"),
                ("ImmediateData", "Yes" if LIMITS.immediate_data else "No"),
                ("FirstBurstLength", str(LIMITS.first_burst)),
                ("MaxBurstLength", str(LIMITS.max_burst)),
                ("MaxConnections", "1"),
                ("MaxOutstandingR2T", "1"),
                ("DataPDUInOrder", "Yes"),
                ("DataSequenceInOrder", "Yes"),
            ]
        self._connection.parameters.adopt((await self._step(offer, FULL_FEATURE)).items())
        for _unused in range(4):  # a target may want to say more before it lets us go on
            if self._stage == FULL_FEATURE:
                return
            self._connection.parameters.adopt((await self._step([], FULL_FEATURE)).items())

    async def _step(self, pairs: Pairs, next_stage: int | None) -> dict[str, str]:
        """Send keys, with the wish for the next stage where given; return the answer's keys."""
        transit = 0 if next_stage is None else FINAL | next_stage
        answer = await self._send(encode_text(pairs), transit)
        text = answer.data
        while answer.flags & CONTINUE:
            answer = await self._send(b"", 0)
            text += answer.data
        if answer.flags & FINAL:
            self._stage = answer.flags & 3
        self._connection.tsih = int.from_bytes(answer.header[14:16], "big")
        return dict(decode_text(text))

    async def _send(self, text: bytes, transit: int) -> Pdu:
        request = Pdu(Opcode.LOGIN, self._stage << 2 | transit, 0, text, immediate=True)
        request.header[8:14] = self._isid
        answer = await self._connection.exchange(request)
        if answer.opcode != Opcode.LOGIN_RESPONSE:
            raise ValueError(f"opcode {answer.opcode:#x} in the login phase")
        status_class, status_detail = answer.header[36], answer.header[37]
        if status_class:
            address = dict(decode_text(answer.data)).get("TargetAddress", "")
            raise LoginRejected(status_class, status_detail, address)
        return answer


def _digest_offer(wanted: bool, required: bool) -> str:
    return "None" if not wanted else CRC32C if required else f"{CRC32C},None"
