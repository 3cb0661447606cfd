# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The login phase as the array plays it (RFC 7143, 6 and 11.12)."""

from __future__ import annotations

from collections.abc import Callable

from .admission import (
    MUTUAL_CHAP,
    NO_CHAP,
    ONE_WAY_CHAP,
    ChapDemand,
    LoginRefused,
    LoginRequest,
    admit,
    authentication_failure,
    missing_parameter,
    negotiation_failed,
)
from .chap import MD5, Challenge, answer_challenge, decode_binary
from .pdu import COMMAND_NUMBER, CONTINUE, FINAL, Opcode, Pdu
from .ports import TargetPort
from .sessions import TargetSession
from .text import Limits, Pairs, Parameters, answer_offer, decode_text, encode_text

SECURITY, OPERATIONAL, FULL_FEATURE = 0, 1, 3

DISCOVERY_TSIH = 0xFFFF
"""A discovery session needs a handle other than 0; it joins nothing and is not counted."""

LIMITS = Limits()


class TargetLogin:
    """Negotiates one login, one request at a time."""

    def __init__(self, port: TargetPort, nic: str, kill: Callable[[], None]) -> None:
        """Wait for the first request; ``kill`` is given to the session."""
        self._port = port
        self._nic = nic
        self._kill = kill
        self._pending = b""
        self._challenge: Challenge | None = None
        self._authenticated = False
        self._demand = ChapDemand()
        self._declared_length = False
        self.request: LoginRequest | None = None
        self.session: TargetSession | None = None
        """The session; stays None in a discovery session."""
        self.chap = NO_CHAP
        """What CHAP was used or tried."""
        self.command_number = 0
        self.parameters = Parameters()
        self.complete = False
        """Whether the full feature phase is reached."""
        self.refused = False

    def answer(self, pdu: Pdu) -> Pdu:
        """Return the Login Response to a Login Request."""
        try:
            return self._answer(pdu)
        except LoginRefused as refusal:
            return self._refuse(pdu, refusal)
        except ValueError:
            return self._refuse(pdu, LoginRefused(2, 0))

    def _answer(self, pdu: Pdu) -> Pdu:
        if pdu.opcode != Opcode.LOGIN:
            raise LoginRefused(2, 0)
        if pdu.header[3]:
            raise LoginRefused(2, 5)  # Version-min above 0
        stage, next_stage = pdu.flags >> 2 & 3, pdu.flags & 3
        self.command_number = pdu.get(COMMAND_NUMBER)
        self._pending += pdu.data
        if pdu.flags & CONTINUE:
            return self._response(pdu, stage << 2, [])
        pairs, self._pending = decode_text(self._pending), b""
        answers = self._identify(pdu, dict(pairs)) if self.request is None else []
        if stage == SECURITY:
            answers += self._secure(dict(pairs))
        elif stage == OPERATIONAL:
            self._require_authentication()
            answers += self._negotiate(pairs)
        else:
            raise LoginRefused(2, 0)
        # While the initiator still has to prove itself the stage stays, whatever it asked for.
        transit = bool(pdu.flags & FINAL) and self._authenticated
        if transit and next_stage == FULL_FEATURE:
            self._enter_full_feature()
        return self._response(pdu, stage << 2 | (FINAL | next_stage if transit else 0), answers)

    def _identify(self, pdu: Pdu, keys: dict[str, str]) -> Pairs:
        kind = keys.get("SessionType", "Normal")
        if kind not in ("Normal", "Discovery"):
            raise LoginRefused(2, 9)
        self.request = LoginRequest(
            port=self._port,
            nic=self._nic,
            initiator=keys.get("InitiatorName", ""),
            isid=bytes(pdu.header[8:14]),
            target=keys.get("TargetName", "") if kind == "Normal" else None,
        )
        self._demand = admit(self.request)
        if int.from_bytes(pdu.header[14:16], "big"):
            raise LoginRefused(2, 0x0A)  # one connection a session: there is none to join
        self._authenticated = self._demand.one_way is None
        return [("TargetPortalGroupTag", str(self._port.group_tag))]

    def _require_authentication(self) -> None:
        if not self._authenticated:
            raise authentication_failure()

    def _secure(self, keys: dict[str, str]) -> Pairs:
        if "AuthMethod" in keys:
            return [("AuthMethod", self._choose_method(keys["AuthMethod"].split(",")))]
        if "CHAP_A" in keys:
            if MD5 not in keys["CHAP_A"].split(","):
                raise authentication_failure()
            self._challenge = Challenge()
            return [("CHAP_A", MD5), *self._challenge.keys()]
        if "CHAP_N" in keys:
            return self._check_proof(keys)
        return []

    def _choose_method(self, offered: list[str]) -> str:
        wanted = "None" if self._authenticated else "CHAP"
        if wanted not in offered:
            raise authentication_failure()
        if wanted == "CHAP":
            self.chap = ONE_WAY_CHAP
        return wanted

    def _check_proof(self, keys: dict[str, str]) -> Pairs:
        challenged_back = "CHAP_C" in keys
        if challenged_back:
            self.chap = MUTUAL_CHAP
        if self._challenge is None or self._demand.one_way is None:
            raise LoginRefused(2, 0)
        if not self._challenge.is_met(self._demand.one_way, keys):
            raise authentication_failure()
        answer: Pairs = []
        if challenged_back:
            # Our own challenge sent back is a reflection attack (RFC 7143, 12.1.3).
            reflected = decode_binary(keys["CHAP_C"]) == self._challenge.value
            if self._demand.mutual is None or reflected or "CHAP_I" not in keys:
                raise authentication_failure()
            answer = answer_challenge(self._demand.mutual, keys)
        self._authenticated = True
        return answer

    def _negotiate(self, offered: Pairs) -> Pairs:
        answers = answer_offer(offered, LIMITS, self._port.array.digests)
        if any(answer == "Reject" for _unused, answer in answers):
            raise negotiation_failed()
        self.parameters.adopt(answers)
        self.parameters.adopt((key, value) for key, value in offered if key == "MaxRecvDataSegmentLength")
        if not self._declared_length:
            self._declared_length = True
            answers.append(("MaxRecvDataSegmentLength", str(LIMITS.max_receive)))
        return answers

    def _enter_full_feature(self) -> None:
        if self.request is None:
            raise missing_parameter()
        if self.request.target is None:
            self._port.array.record_discovery(self.request, self.chap)
        else:
            self.session = self._port.array.sessions.open(self.request, self.chap, self._kill)
        self.complete = True

    def _response(self, pdu: Pdu, flags: int, answers: Pairs) -> Pdu:
        response = Pdu(Opcode.LOGIN_RESPONSE, flags, pdu.task_tag, encode_text(answers))
        response.header[8:14] = pdu.header[8:14]
        if self.complete:
            tsih = self.session.tsih if self.session else DISCOVERY_TSIH
            response.header[14:16] = tsih.to_bytes(2, "big")
        return response

    def _refuse(self, pdu: Pdu, refusal: LoginRefused) -> Pdu:
        self.refused = True
        if self.request is not None:
            self._port.array.record_failed_login(self.request, self.chap, refusal)
        redirection = [("TargetAddress", refusal.text)] if refusal.status_class == 1 else []
        response = self._response(pdu, pdu.flags & 0x0C, redirection)
        response.header[36] = refusal.status_class
        response.header[37] = refusal.status_detail
        return response
