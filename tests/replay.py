# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this collection makes of a recorded host: ``make replay CAPTURE=folder [WISH=file.yml]``.

The folder is one that ``eva.mpio.host_info`` wrote. The host is shown as that module would show it, then what the
probes found, and with a wish, the arguments of ``eva.mpio.host`` as YAML, the plan.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader, init_plugin_loader
from winrm.exceptions import WinRMTransportError

from ansible_collections.eva.mpio.plugins.action import host as host_action
from ansible_collections.eva.mpio.plugins.action import host_info as host_info_action
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.disguise import MARK
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.recording import INDEX
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.summary import summary
from ansible_collections.eva.mpio.plugins.plugin_utils._machine import HostRefused
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import WireError
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link

_MARK = re.compile(r"--eva\.mpio-[0-9a-f]{32}--")
_STREAM = re.compile(r'(<(?:\w+:)?Stream [^>]*?Name="std\w+"[^>]*>)([^<]*)(</)')
_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" '
    f'xmlns:rsp="{_SHELL}"><s:Header/><s:Body>{{}}</s:Body></s:Envelope>'
)
_SELECTOR = '<w:SelectorSet><w:Selector Name="ShellId">REPLAY</w:Selector></w:SelectorSet>'
_PLAIN = {
    "Create": f"<Created><a:ReferenceParameters>{_SELECTOR}</a:ReferenceParameters></Created>",
    "Command": "<rsp:CommandResponse><rsp:CommandId>REPLAY</rsp:CommandId></rsp:CommandResponse>",
    "Send": "",
    "Signal": "",
    "Delete": "",
}
"""Answers that are the same whatever is asked, or that name what only the recorded run had."""
_BETWEEN = f" & echo {MARK}& "
_UNKNOWN = "this was not asked when the capture was made"


@dataclass
class Take:
    """A recorded answer; that to a command has the answers with its output."""

    text: str
    status: int
    output: list[Take] = field(default_factory=list)


class Tape:
    """A recorded conversation, in the place of pywinrm's transport."""

    def __init__(self, folder: Path) -> None:
        self.session: object = None
        self.encryption: object = None
        self.unknown: list[str] = []
        """What was asked and is not on the tape."""
        self._takes: dict[str, list[Take]] = defaultdict(list)
        self._command: Take | None = None
        self._mark = MARK
        self.probes: list[dict[str, str]] = []
        self._load(folder)

    def build_session(self) -> object:
        """Stand in for pywinrm's method."""
        return self.session

    def setup_encryption(self, _session: object) -> None:
        """Stand in for pywinrm's method."""

    def close_session(self) -> None:
        """Stand in for pywinrm's method."""

    def send_message(self, message: str) -> bytes:
        """Answer as the host did.

        Raises:
            WinRMTransportError: the host answered with another HTTP status than 200.
        """
        asked = summary(_MARK.sub(MARK, message))
        take = self._answer(asked.partition(" ")[0], asked, message)
        named = re.search(r"MessageID>([^<]*)<", message)
        text = re.sub(r"(RelatesTo[^>]*>)[^<]*<", rf"\g<1>{named[1] if named else ''}<", take.text)
        text = _STREAM.sub(self._with_mark, text)
        if take.status != 200:
            raise WinRMTransportError("http", take.status, text)
        return text.encode()

    def _load(self, folder: Path) -> None:
        index = yaml.safe_load((folder / INDEX).read_text(encoding="utf-8"))
        self.probes = index["probes"]
        command: Take | None = None
        for entry in index["exchanges"]:
            request, answer = (_read(folder / entry[part]) for part in ("request", "answer"))
            take = Take(answer, entry["status"])
            asked = summary(request)
            action = asked.partition(" ")[0]
            if action == "Command":
                command = take
            if action == "Receive" and command:
                command.output.append(take)
            elif action not in _PLAIN or action == "Command":
                self._takes[asked].append(take)

    def _answer(self, action: str, asked: str, message: str) -> Take:
        if action == "Command":
            self._command = self._next(asked)
            found = _MARK.search(message)
            self._mark = found.group() if found else MARK
        if action in _PLAIN:
            return Take(_ENVELOPE.format(_PLAIN[action]), 200)
        if action == "Receive":
            output = self._command.output if self._command else []
            return output.pop(0) if output else Take(_ENVELOPE.format(_failed(_UNKNOWN)), 200)
        return self._next(asked) or Take(_ENVELOPE.format(_fault(_UNKNOWN)), 500)

    def _next(self, asked: str) -> Take | None:
        """Return the next answer to a question, the last one again and again."""
        takes = self._takes.get(asked) or self._part(asked)
        if not takes:
            self.unknown.append(asked)
            return None
        take = takes.pop(0) if len(takes) > 1 else takes[0]
        return Take(take.text, take.status, list(take.output))

    def _part(self, asked: str) -> list[Take]:
        """Return the part of a recorded line's output that answers a line of some of its commands, if there is one."""
        wanted = asked.split(_BETWEEN)
        for line, takes in self._takes.items():
            commands = line.split(_BETWEEN)
            if set(wanted) <= set(commands):
                return [_cut(takes[0], [commands.index(command) for command in wanted], len(commands))]
        return []

    def _with_mark(self, stream: re.Match[str]) -> str:
        octets = base64.b64decode(stream[2]).replace(MARK.encode(), self._mark.encode())
        return f"{stream[1]}{base64.b64encode(octets).decode()}{stream[3]}"


def _cut(take: Take, numbers: list[int], of: int) -> Take:
    """Return the answer to a line as if only these of its commands had stood in it."""
    streams = [found for answer in take.output for found in _STREAM.finditer(answer.text) if "stdout" in found[1]]
    whole = b"".join(base64.b64decode(found[2]) for found in streams)
    outputs = re.split(rb"%s[ \t]*\r?\n?" % re.escape(MARK.encode()), whole)
    if len(outputs) != of:
        return take
    told = f"{MARK}\r\n".encode().join(outputs[number] for number in numbers)
    return Take(take.text, take.status, [Take(_ENVELOPE.format(_received("stdout", told, 0)), 200)])


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _fault(text: str) -> str:
    return (
        f"<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>{text}</s:Text></s:Reason></s:Fault>"
    )


def _failed(text: str) -> str:
    return _received("stderr", text.encode(), 1)


def _received(stream: str, octets: bytes, code: int) -> str:
    said = base64.b64encode(octets).decode()
    return (
        f'<rsp:ReceiveResponse><rsp:Stream Name="{stream}" CommandId="REPLAY">{said}</rsp:Stream>'
        f'<rsp:CommandState State="{_SHELL}/CommandState/Done"><rsp:ExitCode>{code}</rsp:ExitCode></rsp:CommandState>'
        "</rsp:ReceiveResponse>"
    )


def link_of(tape: Tape) -> Link:
    """Return a link to what is on the tape."""
    connection: Any = connection_loader.get("winrm", PlayContext(), os.devnull)
    connection.set_options(
        var_options={"_extras": {}, "ansible_winrm_transport": "basic"}, direct={"remote_addr": "replayed"}
    )
    # A connection that has a protocol is taken for made.
    connection.protocol = SimpleNamespace(transport=tape, operation_timeout_sec=20, read_timeout_sec=30)
    return Link(connection)


def shown(folder: Path, assume_release: str | None = None) -> tuple[dict[str, Any], Tape]:
    """Return what ``eva.mpio.host_info`` makes of a capture."""
    arguments = {} if assume_release is None else {"assume_release": assume_release}
    return _worked(host_info_action, arguments, folder)


def planned(folder: Path, wish: Mapping[str, Any]) -> tuple[dict[str, Any], Tape]:
    """Return what ``eva.mpio.host`` would do in check mode."""
    return _worked(host_action, wish, folder)


def _worked(module: Any, arguments: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], Tape]:
    validated = ArgumentSpecValidator(module.ARGUMENT_SPEC).validate(dict(arguments))
    if validated.error_messages:
        raise SystemExit("; ".join(validated.error_messages))
    plugin = object.__new__(module.ActionModule)
    plugin._task = SimpleNamespace(check_mode=True)
    tape = Tape(folder)
    result: dict[str, Any] = plugin.work(validated.validated_parameters, link_of(tape))
    return result, tape


def _print(title: str, value: object) -> None:
    plain = json.loads(json.dumps(value, default=str))
    print(f"# {title}\n{yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)}")


def main() -> None:
    """Show a capture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("capture", type=Path, help="the folder")
    parser.add_argument("--wish", type=Path, help="arguments of eva.mpio.host, as YAML")
    parser.add_argument("--assume-release", help="as the option of the modules")
    options = parser.parse_args()
    if not (options.capture / INDEX).is_file():
        sys.exit(f"{options.capture} holds no capture: it has no {INDEX}; name the folder with CAPTURE=")
    init_plugin_loader()
    try:
        result, tape = shown(options.capture, options.assume_release)
        _print("The host", result["host"])
        _print("What the probes found", {probe["probe"]: probe["outcome"] for probe in tape.probes})
        if options.wish:
            result, tape = planned(options.capture, yaml.safe_load(options.wish.read_text(encoding="utf-8")))
            wanted = ("msg", "steps", "findings", "reboot_reasons", "waiting_for_presentation")
            _print("The plan", {key: result[key] for key in wanted if key in result})
        if tape.unknown:
            _print("Asked now, and not when the capture was made", tape.unknown)
    except (HostRefused, WireError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
