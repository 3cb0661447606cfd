# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Status codes of the Microsoft iSCSI initiator. Private to the collection.

Codes and names are those of Microsoft's ``iscsierr.h``; meaning, side and advice are ours. What may succeed without
anybody's help a moment later is what os-win, which runs in production, tries again. Severity stands in the two
upper bits: 0xE is an error, 0xA a warning of an operation that was carried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .record import Side, Status, rows

_HOST, _NETWORK, _ARRAY = Side.HOST, Side.NETWORK, Side.ARRAY

# The login answers of an iSCSI target (RFC 7143, 11.13.5) come through as codes of their own.
_LOGIN_ANSWERS: Final = {
    **rows(
        _ARRAY,
        "Check on the array that it knows this host's node name and that both ends agree on CHAP names and secrets.",
        {
            0xEFFF0002: ("LOGIN_FAILED", "the target did not accept the login"),
            0xEFFF0009: ("AUTHENTICATION_FAILURE", "CHAP failed: name or secret differ between host and array"),
            0xEFFF000A: ("AUTHORIZATION_FAILURE", "the target does not admit this initiator"),
            0xEFFF0022: ("LOGON_FAILED", "the target turned the logon down"),
        },
        credentials=True,
    ),
    **rows(
        _ARRAY,
        "Check target name and portals on the array, then let the discovery portals be asked again.",
        {
            0xEFFF0006: ("TARGET_MOVED_TEMPORARILY", "the target sends the host to another portal for now"),
            0xEFFF0007: ("TARGET_MOVED_PERMANENTLY", "the target lives at another portal from now on"),
            0xEFFF000B: ("NOT_FOUND", "the portal serves no target of that name"),
            0xEFFF000C: ("TARGET_REMOVED", "the target was taken away"),
        },
    ),
    **rows(
        _ARRAY,
        "Check which iSCSI settings and how many sessions the array's iSCSI ports support.",
        {
            0xEFFF000D: ("UNSUPPORTED_VERSION", "the target speaks no version of iSCSI that the host speaks"),
            0xEFFF000E: ("TOO_MANY_CONNECTIONS", "the session has as many connections as the target allows"),
            0xEFFF000F: ("MISSING_PARAMETER", "the target misses a parameter in the login"),
            0xEFFF0010: ("CANT_INCLUDE_IN_SESSION", "the target cannot add the connection to that session"),
            0xEFFF0011: ("SESSION_TYPE_NOT_SUPPORTED", "the target does not offer that type of session"),
            0xEFFF001A: ("INVALID_TEXT_KEY", "the target sent a text key that the initiator cannot read"),
            0xEFFF001B: ("INVALID_SENDTARGETS_TEXT", "the target's answer to SendTargets cannot be read"),
            0xEFFF0025: ("VERSION_MISMATCH", "host and target speak different versions of iSCSI"),
        },
    ),
    **rows(
        _ARRAY,
        "Look at the state and load of the array's controllers and iSCSI ports.",
        {
            0xEFFF0012: ("TARGET_ERROR", "the target reports an error of its own"),
            0xEFFF0013: ("SERVICE_UNAVAILABLE", "the target cannot serve a login at the moment"),
            0xEFFF0014: ("OUT_OF_RESOURCES", "the target has no resources left for the session"),
            0xEFFF001D: ("SCSI_REQUEST_FAILED", "the device answered a SCSI request with an error"),
            0xEFFF0038: ("TARGET_OUT_OF_RESORCES", "the target has no resources left for the request"),
        },
    ),
}

_NETWORK_FAULTS: Final = {
    **rows(
        _NETWORK,
        "Check link, address, route and TCP port between this NIC and the target portal.",
        {
            0xEFFF0003: ("CONNECTION_FAILED", "no TCP connection to the target portal came about"),
            0xEFFF0023: ("SEND_FAILED", "sending over TCP failed"),
            0xEFFF0024: ("TRANSPORT_ERROR", "the TCP connection broke"),
        },
        # A route over which a connection broke off is as little worth another deadline as one that never answered.
        unreachable=True,
    ),
    **rows(
        _NETWORK,
        "Check name resolution on the host and the way to that server, or give its address.",
        {
            0xEFFF003A: ("ISNS_SERVER_NOT_FOUND", "the iSNS server does not answer"),
            0xEFFF0052: ("INCOMPATIBLE_ISNS_VERSION", "the iSNS server speaks another version of iSNS"),
            0xEFFF005F: ("DNS_NAME_UNRESOLVED", "a DNS name has no address"),
            0xEFFF0068: ("INVALID_HOST", "a host name has no IP address"),
        },
    ),
}

_SESSIONS: Final = {
    **rows(
        _HOST,
        "Nothing has to be done if the state that is read afterwards is the wanted one.",
        {
            0xEFFF0004: ("INITIATOR_NODE_ALREADY_EXISTS", "the initiator node is there already"),
            0xEFFF0015: ("CONNECTION_ALREADY_EXISTS", "the initiator node has such a connection already"),
            0xEFFF0016: ("SESSION_ALREADY_EXISTS", "the session is there already"),
            0xEFFF0018: ("TARGET_ALREADY_EXISTS", "the target is in the list already"),
            0xEFFF001C: ("INVALID_SESSION_ID", "no session has that id, it may be gone already"),
            0xEFFF002B: ("TARGET_MAPPING_EXISTS", "the target mapping is there already"),
            0xEFFF0032: ("TARGET_PORTAL_ALREADY_EXISTS", "the target portal is there already"),
            0xEFFF0033: ("TARGET_ADDRESS_ALREADY_EXISTS", "the target address is there already"),
            0xEFFF005C: ("DEVICE_ALREADY_PERSISTENTLY_BOUND", "the device is bound persistently already"),
        },
    ),
    **rows(
        _HOST,
        "Further sessions to a target need the multipath flag on every login to it.",
        {
            0xEFFF003F: (
                "TARGET_ALREADY_LOGGED_IN",
                "the target has a session and this login was no multipath one",
            )
        },
    ),
    **rows(
        _HOST,
        "Wait a moment and try again.",
        {0xEFFF001F: ("SESSION_BUSY", "the session is busy with another request")},
        retry=True,
    ),
    **rows(
        _HOST,
        "Run the play again in a moment.",
        {
            0xEFFF0039: ("SERVICE_DID_NOT_RESPOND", "the initiator service did not answer its driver"),
            0xEFFF0054: ("BUFFER_TOO_SMALL", "the list grew while it was being read"),
            0xEFFF0062: ("REMOVE_CONNECTION_IN_PROGRESS", "a connection of the session is being removed"),
        },
    ),
    **rows(
        _HOST,
        "Close what uses the disks of that session, or let the session be.",
        {0xEFFF0040: ("DEVICE_BUSY_ON_SESSION", "a device of the session is in use")},
        retry=True,
    ),
    **rows(
        _HOST,
        "Look for sessions on this host that are no longer wanted.",
        {0xEFFF001E: ("TOO_MANY_SESSIONS", "the initiator has as many sessions as it can hold")},
    ),
    **rows(
        _HOST,
        "Read the sessions again: what was asked for does not fit what is there.",
        {
            0xEFFF003D: ("CANT_REMOVE_LAST_CONNECTION", "it is the last connection of the session"),
            0xEFFF0060: ("NO_CONNECTION_AVAILABLE", "the session has no connection at the moment"),
            0xEFFF0063: ("INVALID_CONNECTION_ID", "the session has no connection of that id"),
            0xEFFF0064: ("CANNOT_REMOVE_LEADING_CONNECTION", "the first connection of a session cannot be removed"),
        },
    ),
}

_STORED: Final = {
    **rows(
        _HOST,
        "Let the discovery portals be asked again; check that the portal was reached through the right NIC.",
        {
            0xEFFF0029: ("TARGET_NOT_FOUND", "the target is not in the initiator's list or hidden from login"),
            0xEFFF003C: ("NO_PORTAL_SPECIFIED", "the initiator knows no portal of the target"),
            0xEFFF0043: ("PORTAL_NOT_FOUND", "no discovery portal is stored with that address, port and NIC"),
            0xEFFF0045: ("DISCOVERY_MECHANISM_NOT_FOUND", "the target was not discovered in that way"),
        },
    ),
    **rows(
        _HOST,
        "Read the initiator's ports again: the NIC's number in logins may have changed.",
        {
            0xEFFF0005: ("INITIATOR_NODE_NOT_FOUND", "there is no such initiator node"),
            0xEFFF0017: ("INITIATOR_INSTANCE_NOT_FOUND", "there is no such initiator instance"),
            0xEFFF0021: ("ADDRESS_TYPE_NOT_SUPPORTED", "the initiator does not take that kind of address"),
            0xEFFF002D: ("INVALID_PORT_NUMBER", "the initiator has no port of that number"),
            0xEFFF0044: ("INITIATOR_NOT_FOUND", "there is no initiator of that name"),
        },
    ),
    **rows(
        _HOST,
        "Look into the system event log (source MSiSCSI) and check the space on the system volume.",
        {
            0xEFFF0041: ("COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA", "the stored login could not be written"),
            0xEFFF0042: ("COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA", "the stored login could not be removed"),
            0xEFFF0067: ("FAILURE_TO_PERSIST_LB_POLICY", "the load-balance policy could not be stored"),
        },
    ),
    **rows(
        _HOST,
        "Look for stored logins whose portal no longer answers.",
        {0xEFFF0047: ("PERSISTENT_LOGIN_TIMEOUT", "not every stored login came back in time")},
    ),
}

_SECRETS: Final = {
    **rows(
        _HOST,
        "Use a CHAP secret of 12 to 16 bytes; mutual CHAP needs the initiator's own too.",
        {
            0xEFFF004A: ("INVALID_CHAP_SECRET", "the CHAP secret breaks the rules for secrets"),
            0xEFFF004B: ("INVALID_TARGET_CHAP_SECRET", "the target's CHAP secret is empty, too short or too long"),
            0xEFFF004C: (
                "INVALID_INITIATOR_CHAP_SECRET",
                "the initiator's own CHAP secret is missing, or too short or long",
            ),
        },
    ),
    **rows(
        _HOST,
        "Use a CHAP secret of 12 to 16 bytes; mutual CHAP needs the initiator's own too.",
        {0xAFFF0048: ("SHORT_CHAP_SECRET", "the secret was stored, but without IPsec it is too short to be used")},
        done=True,
    ),
    **rows(
        _HOST,
        "Check CHAP name and authentication type of the login.",
        {
            0xEFFF0028: ("TARGET_AUTHINFO_UNAVAILABLE", "the initiator has no credentials for the target"),
            0xEFFF004D: ("INVALID_CHAP_USER_NAME", "the CHAP name cannot be used"),
            0xEFFF004E: ("INVALID_LOGON_AUTH_TYPE", "the authentication type is unknown"),
        },
        credentials=True,
    ),
    **rows(
        _HOST,
        "This collection sets no IPsec: look at the host's IPsec settings for iSCSI.",
        {
            0xEFFF0027: ("TARGET_PRESHAREDKEY_UNAVAILABLE", "there is no IKE key for the target"),
            0xEFFF002C: ("HBA_SECURITY_CACHE_FULL", "the adapter can hold no more security entries"),
            0xEFFF002F: ("HBA_SECURITY_CACHE_NOT_SUPPORTED", "the adapter holds no security entries"),
            0xEFFF0030: ("IKE_ID_PAYLOAD_TYPE_NOT_SUPPORTED", "that type of IKE identity is not supported"),
            0xEFFF0031: ("IKE_ID_PAYLOAD_INCORRECT_SIZE", "the IKE identity has the wrong size"),
            0xEFFF0034: ("NO_AUTH_INFO_AVAILABLE", "there are no IKE credentials"),
            0xEFFF0035: ("NO_TUNNEL_OUTER_MODE_ADDRESS", "the outer address of the IPsec tunnel is missing"),
            0xEFFF0036: ("CACHE_CORRUPTED", "the initiator's store of credentials or tunnels is damaged"),
            0xEFFF0046: ("IPSEC_NOT_SUPPORTED_ON_OS", "this Windows has no IPsec for iSCSI"),
            0xEFFF0053: ("FAILED_TO_CONFIGURE_IPSEC", "IPsec could not be set up for the connection"),
        },
    ),
}

_BALANCING: Final = rows(
    _HOST,
    "Choose a policy that the DSM and the array support, and read the paths again before setting it.",
    {
        0xEFFF0055: ("INVALID_LOAD_BALANCE_POLICY", "there is no such load-balance policy"),
        0xEFFF0057: ("DUPLICATE_PATH_SPECIFIED", "a path was named twice"),
        0xEFFF0058: ("PATH_COUNT_MISMATCH", "not all paths, or too many, were named"),
        0xEFFF0059: ("INVALID_PATH_ID", "no path has that id"),
        0xEFFF005A: ("MULTIPLE_PRIMARY_PATHS_SPECIFIED", "only one path may be the active one"),
        0xEFFF005B: ("NO_PRIMARY_PATH_SPECIFIED", "no path was named as the active one"),
        0xEFFF0061: ("LB_POLICY_NOT_SUPPORTED", "that load-balance policy is not supported here"),
    },
)

_CALLS: Final = {
    **rows(
        _HOST,
        "If it happens again, report it with the command that the plan shows.",
        {
            0xEFFF0020: ("TARGET_MAPPING_UNAVAILABLE", "the wanted target mapping cannot be had"),
            0xEFFF0026: ("TARGET_MAPPING_OUT_OF_RANGE", "the target mapping is outside of the adapter's range"),
            0xEFFF002A: ("LOGIN_USER_INFO_BAD", "a parameter of the login is not valid"),
            0xEFFF0037: ("REQUEST_NOT_SUPPORTED", "the initiator does not support the request"),
            0xEFFF004F: ("INVALID_TARGET_MAPPING", "the target mapping is not valid"),
            0xEFFF0050: ("INVALID_TARGET_ID", "the target id of the mapping is not valid"),
            0xEFFF0051: ("INVALID_ISCSI_NAME", "the iSCSI name is too long or holds characters that it may not"),
            0xEFFF0056: ("INVALID_PARAMETER", "a parameter is not valid"),
            0xEFFF005D: ("DEVICE_NOT_FOUND", "there is no such device"),
            0xEFFF005E: ("DEVICE_NOT_ISCSI_OR_PERSISTENT", "the device is on no session with a stored login"),
        },
    ),
    **rows(
        _HOST,
        "Look into the system event log (source MSiSCSI and iScsiPrt) for the cause.",
        {
            0xEFFF0001: ("NON_SPECIFIC_ERROR", "the initiator gives no cause"),
            0xEFFF0008: ("INITIATOR_ERROR", "the target puts the failure down to the initiator"),
            0xEFFF0019: ("DRIVER_BUG", "the iSCSI driver did not finish an operation properly"),
        },
    ),
    **rows(
        _HOST,
        "Some instance or discovery portal failed: see which targets and portals are there now.",
        {0xAFFF002E: ("OPERATION_NOT_ALL_SUCCESS", "it worked for some initiators or discovery portals only")},
        done=True,
    ),
    **rows(
        _HOST,
        "Restart Windows when it suits.",
        {0xAFFF003B: ("OPERATION_REQUIRES_REBOOT", "it was done and takes effect after a restart")},
        done=True,
    ),
    **rows(
        _HOST,
        "Start the service MSiSCSI and let it start automatically.",
        {0xEFFF003E: ("SERVICE_NOT_RUNNING", "the initiator service does not run")},
    ),
    **rows(
        _HOST,
        "Ask whoever sets the policies of this computer.",
        {
            0xEFFF0049: ("EVALUATION_PEROID_EXPIRED", "the trial period of the initiator is over"),
            0xEFFF0065: ("RESTRICTED_BY_GROUP_POLICY", "a group policy forbids it"),
            0xEFFF0066: ("ISNS_FIREWALL_BLOCKED", "the firewall has no exception for iSNS"),
        },
    ),
}

ISDSC: Final[Mapping[int, Status]] = {
    **_LOGIN_ANSWERS,
    **_NETWORK_FAULTS,
    **_SESSIONS,
    **_STORED,
    **_SECRETS,
    **_BALANCING,
    **_CALLS,
}
"""Every code of the header."""
