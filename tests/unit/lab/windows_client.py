# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A hand-written WMI and command client over pywinrm, reached by the variables of an inventory host."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

import xmltodict
from winrm.protocol import Protocol

ENUMERATE = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate"
WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
ITEMS = ".//{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}Items"


class WindowsClient:
    """Asks one server."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        scheme, address, port = (variables[name] for name in ("ansible_winrm_scheme", "ansible_host", "ansible_port"))
        self.protocol = Protocol(
            f"{scheme}://{address}:{port}/wsman",
            transport=variables["ansible_winrm_transport"],
            username=variables["ansible_user"],
            password=variables["ansible_password"],
            ca_trust_path=variables.get("ansible_winrm_ca_trust_path"),
            read_timeout_sec=30,
            operation_timeout_sec=20,
            proxy=None,
        )

    def query(self, wql: str, namespace: str = "root/cimv2") -> list[dict[str, str | None]]:
        """Return what an optimised Enumerate finds; the answers asked for here fit one page."""
        header = self.protocol.build_wsman_header(ENUMERATE, f"{WMI}/{namespace}/*")
        body = {
            "n:Enumerate": {
                "w:OptimizeEnumeration": None,
                "w:MaxElements": "100",
                "w:Filter": {"@Dialect": WQL, "#text": wql},
            }
        }
        answer = self.protocol.send_message(xmltodict.unparse({"env:Envelope": {**header, "env:Body": body}}))
        items = ET.fromstring(answer).find(ITEMS)
        return [] if items is None else [{field.tag.rpartition("}")[2]: field.text for field in item} for item in items]

    def run(self, line: str) -> tuple[str, int]:
        """Return the output and exit code of one command line."""
        shell = self.protocol.open_shell(codepage=437)
        try:
            command = self.protocol.run_command(shell, line)
            out, _unused, code = self.protocol.get_command_output(shell, command)
            self.protocol.cleanup_command(shell, command)
        finally:
            self.protocol.close_shell(shell)
        return out.decode("cp437"), code

    @property
    def sealed(self) -> bool:
        """Whether messages are encrypted."""
        return self.protocol.transport.encryption is not None
