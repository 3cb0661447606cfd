# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Win32 codes, codes of the servicing tool and return values of Win32_Service. Private to the collection.

Names are those of ``winerror.h`` and of the Win32_Service documentation; meaning and advice are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..._wire.faults import FILTERED_RIGHTS
from .record import Side, Status, rows

_HOST = Side.HOST

WIN32: Final[Mapping[int, Status]] = {
    **rows(
        _HOST,
        "Whether it did is read afterwards.",
        {0: ("ERROR_SUCCESS", "it says that it succeeded")},
        done=True,
    ),
    **rows(
        _HOST,
        "Restart Windows when it suits.",
        {
            3010: ("ERROR_SUCCESS_REBOOT_REQUIRED", "it was done and takes effect after a restart"),
            1641: ("ERROR_SUCCESS_REBOOT_INITIATED", "it was done and Windows is restarting"),
        },
        done=True,
    ),
    **rows(
        _HOST,
        FILTERED_RIGHTS,
        {
            5: ("ERROR_ACCESS_DENIED", "the user may not do that"),
            740: ("ERROR_ELEVATION_REQUIRED", "the user's rights are filtered"),
        },
    ),
    **rows(
        _HOST,
        "Read the state again: what was named is not there.",
        {
            2: ("ERROR_FILE_NOT_FOUND", "a file, key or device is missing"),
            1168: ("ERROR_NOT_FOUND", "the disk or element that was named does not exist"),
        },
    ),
    **rows(
        _HOST,
        "If it happens again, report it with the command that the plan shows.",
        {
            50: ("ERROR_NOT_SUPPORTED", "this Windows does not support the request"),
            87: ("ERROR_INVALID_PARAMETER", "an argument is not valid"),
            1359: ("ERROR_INTERNAL_ERROR", "an internal error happened"),
        },
    ),
    **rows(
        _HOST,
        "Wait a moment and try again.",
        # The initiator's answer while its lists change; os-win, which runs in production, tries again.
        {122: ("ERROR_INSUFFICIENT_BUFFER", "the list grew while it was being read")},
        retry=True,
    ),
    **rows(
        _HOST,
        "Run the play again in a moment.",
        {
            170: ("ERROR_BUSY", "the resource is in use"),
            1053: ("ERROR_SERVICE_REQUEST_TIMEOUT", "the service did not answer in time"),
        },
    ),
    **rows(
        _HOST,
        "Check the service's start type, its dependencies and who disabled it (hardening rules disable MSiSCSI).",
        {
            1056: ("ERROR_SERVICE_ALREADY_RUNNING", "the service runs already"),
            1058: ("ERROR_SERVICE_DISABLED", "the service is disabled"),
            1060: ("ERROR_SERVICE_DOES_NOT_EXIST", "there is no such service"),
            1062: ("ERROR_SERVICE_NOT_ACTIVE", "the service does not run"),
            1068: ("ERROR_SERVICE_DEPENDENCY_FAIL", "something that the service depends on does not run"),
            1072: ("ERROR_SERVICE_MARKED_FOR_DELETE", "the service is being removed, a restart finishes that"),
        },
    ),
}
"""Codes that several tools return."""

SERVICING: Final[Mapping[int, Status]] = {
    **WIN32,
    **rows(
        _HOST,
        "Check that the feature's parents are enabled and that this edition of Windows offers Multipath I/O.",
        {
            50: ("ERROR_NOT_SUPPORTED", "a feature that this one needs is not enabled"),
            0x800F080C: ("CBS_E_UNKNOWN_UPDATE", "Windows knows no feature of that name"),
        },
    ),
    **rows(
        _HOST,
        "Give the servicing tool a source of the installation files.",
        {
            0x800F081F: ("CBS_E_SOURCE_MISSING", "the files of the feature are not on this computer"),
            0x800F0906: ("CBS_E_DOWNLOAD_FAILURE", "the files of the feature could not be downloaded"),
        },
    ),
}
"""Codes of ``dism``."""

SERVICE: Final[Mapping[int, Status]] = {
    **rows(_HOST, "Whether it did is read afterwards.", {0: ("SUCCESS", "it says that it succeeded")}, done=True),
    **rows(
        _HOST,
        "Nothing has to be done if the service runs now.",
        {10: ("SERVICE_ALREADY_RUNNING", "the service runs already")},
    ),
    **rows(_HOST, FILTERED_RIGHTS, {2: ("ACCESS_DENIED", "the user may not control the service")}),
    **rows(
        _HOST,
        "Run the play again in a moment.",
        {
            7: ("SERVICE_REQUEST_TIMEOUT", "the service did not answer in time"),
            11: ("SERVICE_DATABASE_LOCKED", "the list of services is locked"),
        },
    ),
    **rows(
        _HOST,
        "Check the service's start type, its dependencies and who disabled it (hardening rules disable MSiSCSI).",
        {
            3: ("DEPENDENT_SERVICES_RUNNING", "other services that depend on it are running"),
            6: ("SERVICE_NOT_ACTIVE", "the service does not run"),
            9: ("PATH_NOT_FOUND", "the service's program is missing"),
            12: ("SERVICE_DEPENDENCY_DELETED", "something that the service depends on was removed"),
            13: ("SERVICE_DEPENDENCY_FAILURE", "something that the service depends on does not start"),
            14: ("SERVICE_DISABLED", "the service is disabled"),
            15: ("SERVICE_LOGON_FAILURE", "the service's account cannot log on"),
            16: ("SERVICE_MARKED_FOR_DELETION", "the service is being removed, a restart finishes that"),
            18: ("CIRCULAR_DEPENDENCY", "the service depends on itself"),
            22: ("INVALID_SERVICE_ACCOUNT", "the service's account does not exist or lacks rights"),
        },
    ),
    **rows(
        _HOST,
        "If it happens again, look into the system event log (source Service Control Manager).",
        {
            1: ("NOT_SUPPORTED", "the request is not supported"),
            4: ("INVALID_SERVICE_CONTROL", "the service does not take that request"),
            5: ("SERVICE_CANNOT_ACCEPT_CONTROL", "the service does not take that request in its present state"),
            8: ("UNKNOWN_FAILURE", "the service failed without a cause"),
            17: ("SERVICE_NO_THREAD", "the service could not start a thread"),
            19: ("DUPLICATE_NAME", "another service has that name"),
            20: ("INVALID_NAME", "the name of the service is not valid"),
            21: ("INVALID_PARAMETER", "an argument is not valid"),
            23: ("SERVICE_EXISTS", "a service of that name exists"),
            24: ("SERVICE_PAUSED", "the service is paused"),
        },
    ),
}
"""Return values of the methods of Win32_Service."""
