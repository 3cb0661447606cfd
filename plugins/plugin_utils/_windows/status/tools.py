# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Codes of the tools that install something, and of the DSM. Private to the collection.

Those of ServerManagerCmd are listed in Microsoft's "Server Manager Technical Overview Appendix"; those of the DSM are
NTSTATUS values of ``ntstatus.h``, which its methods return (Windows driver sample msdsm).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..._wire.faults import FILTERED_RIGHTS
from .record import Side, Status, rows
from .system import WIN32

_HOST = Side.HOST

SERVER_MANAGER: Final[Mapping[int, Status]] = {
    **WIN32,
    **rows(
        _HOST,
        "Nothing has to be done.",
        {1003: ("NO_CHANGES_NEEDED", "there was nothing to install")},
        done=True,
    ),
    **rows(_HOST, FILTERED_RIGHTS, {5: ("ERROR_ACCESS_DENIED", "the user may not install features")}),
    **rows(
        _HOST,
        "If it happens again, report it with the command that the plan shows.",
        {
            4: ("INVALID_ARGUMENT", "an argument is not valid"),
            110: ("INVALID_ANSWER_FILE", "the answer file is not valid"),
        },
    ),
    **rows(
        _HOST,
        "Close the wizards of Server Manager on this host and run the play again.",
        {1004: ("WIZARD_RUNNING", "Server Manager itself is installing or removing something")},
    ),
}
"""Exit codes of ``ServerManagerCmd``."""

PACKAGE: Final[Mapping[int, Status]] = {
    **WIN32,
    **rows(
        _HOST,
        "Check the path of the package and that it is one for this processor architecture.",
        {
            2: ("ERROR_FILE_NOT_FOUND", "there is no such file on this host"),
            3: ("ERROR_PATH_NOT_FOUND", "there is no such folder on this host"),
            193: ("ERROR_BAD_EXE_FORMAT", "the file is no program for this processor architecture"),
            1619: ("ERROR_INSTALL_PACKAGE_OPEN_FAILED", "the package could not be opened"),
            1633: ("ERROR_INSTALL_PLATFORM_UNSUPPORTED", "the package is for another processor architecture"),
        },
    ),
    **rows(
        _HOST,
        "Look into the setup's own log and into the application event log (source MsiInstaller).",
        {
            1603: ("ERROR_INSTALL_FAILURE", "the setup failed"),
            1605: ("ERROR_UNKNOWN_PRODUCT", "what should be removed or changed is not installed"),
            1638: ("ERROR_PRODUCT_VERSION", "another version of it is installed"),
        },
    ),
    **rows(
        _HOST,
        "Run the play again when the other setup has ended.",
        {1618: ("ERROR_INSTALL_ALREADY_RUNNING", "another setup is running on this host")},
    ),
    **rows(
        _HOST,
        "Check the arguments of the package.",
        {
            87: ("ERROR_INVALID_PARAMETER", "an argument is not valid"),
            1602: ("ERROR_INSTALL_USEREXIT", "the setup was cancelled"),
            1639: ("ERROR_INVALID_COMMAND_LINE", "an argument is not valid"),
        },
    ),
}
"""Exit codes of the packages of the initiator and of HP's DSM; their own were found nowhere, these are those of
Windows' setups (winerror.h)."""

_SHARE: Final = (
    "The package lies on a share, and over WinRM the user's credentials do not travel on to it: copy the package to the"
    " host, or sign in by CredSSP or with Kerberos delegation."
)
PACKAGE_ON_SHARE: Final[Mapping[int, Status]] = {
    **PACKAGE,
    **rows(
        _HOST,
        _SHARE,
        {
            1: ("FAILED", "the package could not be started, or failed"),
            2: ("ERROR_FILE_NOT_FOUND", "the file was not found on the share"),
            3: ("ERROR_PATH_NOT_FOUND", "the folder was not found on the share"),
            5: ("ERROR_ACCESS_DENIED", "the user may not read the file"),
            53: ("ERROR_BAD_NETPATH", "the server of the share was not found"),
            67: ("ERROR_BAD_NET_NAME", "the share was not found"),
            1326: ("ERROR_LOGON_FAILURE", "the server of the share did not accept the user"),
            1327: ("ERROR_ACCOUNT_RESTRICTION", "the server of the share takes no user without a password"),
            9009: ("NOT_STARTED", "cmd.exe could not start the file"),
            9059: ("NOT_STARTED", "cmd.exe could not start the file"),
        },
    ),
}
"""The same where the path is that of a share (``\\\\server\\share\\...``)."""

DSM: Final[Mapping[int, Status]] = {
    **WIN32,
    **rows(
        _HOST,
        "Bring failed paths of the LUN back first: the DSM wants each path named, and only what suits them all. Where"
        " access is asymmetric, wish only paths active that the array has optimised.",
        {
            0xC000000D: ("STATUS_INVALID_PARAMETER", "the DSM does not take this policy for the paths of the LUN"),
            87: ("ERROR_INVALID_PARAMETER", "the DSM does not take this policy for the paths of the LUN"),
            # What a script gets for the same (WMI error constants).
            0x80041008: ("WBEM_E_INVALID_PARAMETER", "the DSM does not take this policy for the paths of the LUN"),
        },
    ),
    **rows(
        _HOST,
        "Choose a policy that this release and the array support: round robin is none where access is asymmetric.",
        {
            0xC00000BB: ("STATUS_NOT_SUPPORTED", "the DSM does not support this"),
            50: ("ERROR_NOT_SUPPORTED", "the DSM does not support this"),
        },
    ),
    **rows(
        _HOST,
        FILTERED_RIGHTS,
        {
            0xC0000022: ("STATUS_ACCESS_DENIED", "the user may not change the DSM"),
            0x80041003: ("WBEM_E_ACCESS_DENIED", "the user may not use the WMI namespace root/wmi"),
        },
    ),
    **rows(
        _HOST,
        "Run the play again, which reads the disks anew.",
        {0x80041002: ("WBEM_E_NOT_FOUND", "the MPIO disk is not there any more")},
    ),
}
"""Statuses of the methods of DSM_LB_Operations."""
