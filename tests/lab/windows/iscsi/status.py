# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the initiator answers: ISDSC status codes and a few Win32 errors, with the English text of each.

Names, numbers and texts: Microsoft's iscsierr.h and winerror.h. Bits 31-30 are the severity: 0xE... an error,
0xA... a warning, that is, done nevertheless.
"""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """A status as the initiator's functions return it (``ISDSC_`` or ``ERROR_`` left out)."""

    SUCCESS = 0
    ACCESS_DENIED = 5
    INVALID_PARAMETER = 87
    INSUFFICIENT_BUFFER = 122
    NON_SPECIFIC_ERROR = 0xEFFF0001
    LOGIN_FAILED = 0xEFFF0002
    CONNECTION_FAILED = 0xEFFF0003
    INITIATOR_NODE_ALREADY_EXISTS = 0xEFFF0004
    INITIATOR_NODE_NOT_FOUND = 0xEFFF0005
    TARGET_MOVED_TEMPORARILY = 0xEFFF0006
    TARGET_MOVED_PERMANENTLY = 0xEFFF0007
    INITIATOR_ERROR = 0xEFFF0008
    AUTHENTICATION_FAILURE = 0xEFFF0009
    AUTHORIZATION_FAILURE = 0xEFFF000A
    NOT_FOUND = 0xEFFF000B
    TARGET_REMOVED = 0xEFFF000C
    UNSUPPORTED_VERSION = 0xEFFF000D
    TOO_MANY_CONNECTIONS = 0xEFFF000E
    MISSING_PARAMETER = 0xEFFF000F
    CANT_INCLUDE_IN_SESSION = 0xEFFF0010
    SESSION_TYPE_NOT_SUPPORTED = 0xEFFF0011
    TARGET_ERROR = 0xEFFF0012
    SERVICE_UNAVAILABLE = 0xEFFF0013
    OUT_OF_RESOURCES = 0xEFFF0014
    CONNECTION_ALREADY_EXISTS = 0xEFFF0015
    SESSION_ALREADY_EXISTS = 0xEFFF0016
    INITIATOR_INSTANCE_NOT_FOUND = 0xEFFF0017
    TARGET_ALREADY_EXISTS = 0xEFFF0018
    DRIVER_BUG = 0xEFFF0019
    INVALID_TEXT_KEY = 0xEFFF001A
    INVALID_SENDTARGETS_TEXT = 0xEFFF001B
    INVALID_SESSION_ID = 0xEFFF001C
    SCSI_REQUEST_FAILED = 0xEFFF001D
    TOO_MANY_SESSIONS = 0xEFFF001E
    SESSION_BUSY = 0xEFFF001F
    TARGET_MAPPING_UNAVAILABLE = 0xEFFF0020
    ADDRESS_TYPE_NOT_SUPPORTED = 0xEFFF0021
    LOGON_FAILED = 0xEFFF0022
    SEND_FAILED = 0xEFFF0023
    TRANSPORT_ERROR = 0xEFFF0024
    VERSION_MISMATCH = 0xEFFF0025
    TARGET_MAPPING_OUT_OF_RANGE = 0xEFFF0026
    TARGET_PRESHAREDKEY_UNAVAILABLE = 0xEFFF0027
    TARGET_AUTHINFO_UNAVAILABLE = 0xEFFF0028
    TARGET_NOT_FOUND = 0xEFFF0029
    LOGIN_USER_INFO_BAD = 0xEFFF002A
    TARGET_MAPPING_EXISTS = 0xEFFF002B
    HBA_SECURITY_CACHE_FULL = 0xEFFF002C
    INVALID_PORT_NUMBER = 0xEFFF002D
    OPERATION_NOT_ALL_SUCCESS = 0xAFFF002E
    HBA_SECURITY_CACHE_NOT_SUPPORTED = 0xEFFF002F
    IKE_ID_PAYLOAD_TYPE_NOT_SUPPORTED = 0xEFFF0030
    IKE_ID_PAYLOAD_INCORRECT_SIZE = 0xEFFF0031
    TARGET_PORTAL_ALREADY_EXISTS = 0xEFFF0032
    TARGET_ADDRESS_ALREADY_EXISTS = 0xEFFF0033
    NO_AUTH_INFO_AVAILABLE = 0xEFFF0034
    NO_TUNNEL_OUTER_MODE_ADDRESS = 0xEFFF0035
    CACHE_CORRUPTED = 0xEFFF0036
    REQUEST_NOT_SUPPORTED = 0xEFFF0037
    TARGET_OUT_OF_RESOURCES = 0xEFFF0038
    SERVICE_DID_NOT_RESPOND = 0xEFFF0039
    ISNS_SERVER_NOT_FOUND = 0xEFFF003A
    OPERATION_REQUIRES_REBOOT = 0xAFFF003B
    NO_PORTAL_SPECIFIED = 0xEFFF003C
    CANT_REMOVE_LAST_CONNECTION = 0xEFFF003D
    SERVICE_NOT_RUNNING = 0xEFFF003E
    TARGET_ALREADY_LOGGED_IN = 0xEFFF003F
    DEVICE_BUSY_ON_SESSION = 0xEFFF0040
    COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA = 0xEFFF0041
    COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA = 0xEFFF0042
    PORTAL_NOT_FOUND = 0xEFFF0043
    INITIATOR_NOT_FOUND = 0xEFFF0044
    DISCOVERY_MECHANISM_NOT_FOUND = 0xEFFF0045
    IPSEC_NOT_SUPPORTED_ON_OS = 0xEFFF0046
    PERSISTENT_LOGIN_TIMEOUT = 0xEFFF0047
    SHORT_CHAP_SECRET = 0xAFFF0048
    EVALUATION_PERIOD_EXPIRED = 0xEFFF0049
    INVALID_CHAP_SECRET = 0xEFFF004A
    INVALID_TARGET_CHAP_SECRET = 0xEFFF004B
    INVALID_INITIATOR_CHAP_SECRET = 0xEFFF004C
    INVALID_CHAP_USER_NAME = 0xEFFF004D
    INVALID_LOGON_AUTH_TYPE = 0xEFFF004E
    INVALID_TARGET_MAPPING = 0xEFFF004F
    INVALID_TARGET_ID = 0xEFFF0050
    INVALID_ISCSI_NAME = 0xEFFF0051
    INCOMPATIBLE_ISNS_VERSION = 0xEFFF0052
    FAILED_TO_CONFIGURE_IPSEC = 0xEFFF0053
    BUFFER_TOO_SMALL = 0xEFFF0054
    INVALID_LOAD_BALANCE_POLICY = 0xEFFF0055
    INVALID_ISCSI_PARAMETER = 0xEFFF0056
    DUPLICATE_PATH_SPECIFIED = 0xEFFF0057
    PATH_COUNT_MISMATCH = 0xEFFF0058
    INVALID_PATH_ID = 0xEFFF0059
    MULTIPLE_PRIMARY_PATHS_SPECIFIED = 0xEFFF005A
    NO_PRIMARY_PATH_SPECIFIED = 0xEFFF005B
    DEVICE_ALREADY_PERSISTENTLY_BOUND = 0xEFFF005C
    DEVICE_NOT_FOUND = 0xEFFF005D
    DEVICE_NOT_ISCSI_OR_PERSISTENT = 0xEFFF005E
    DNS_NAME_UNRESOLVED = 0xEFFF005F
    NO_CONNECTION_AVAILABLE = 0xEFFF0060
    LB_POLICY_NOT_SUPPORTED = 0xEFFF0061
    REMOVE_CONNECTION_IN_PROGRESS = 0xEFFF0062
    INVALID_CONNECTION_ID = 0xEFFF0063
    CANNOT_REMOVE_LEADING_CONNECTION = 0xEFFF0064
    RESTRICTED_BY_GROUP_POLICY = 0xEFFF0065
    ISNS_FIREWALL_BLOCKED = 0xEFFF0066
    FAILURE_TO_PERSIST_LB_POLICY = 0xEFFF0067
    INVALID_HOST = 0xEFFF0068


TEXTS: dict[int, str] = {
    Status.SUCCESS: "The operation completed successfully.",
    Status.ACCESS_DENIED: "Access is denied.",
    Status.INVALID_PARAMETER: "The parameter is incorrect.",
    Status.INSUFFICIENT_BUFFER: "The data area passed to a system call is too small.",
    Status.NON_SPECIFIC_ERROR: "A non specific error occurred.",
    Status.LOGIN_FAILED: "Login Failed.",
    Status.CONNECTION_FAILED: "Connection Failed.",
    Status.INITIATOR_NODE_ALREADY_EXISTS: "Initiator Node Already Exists.",
    Status.INITIATOR_NODE_NOT_FOUND: "Initiator Node Does Not Exist.",
    Status.TARGET_MOVED_TEMPORARILY: "Target Moved Temporarily.",
    Status.TARGET_MOVED_PERMANENTLY: "Target Moved Permanently.",
    Status.INITIATOR_ERROR: "Initiator Error.",
    Status.AUTHENTICATION_FAILURE: "Authentication Failure.",
    Status.AUTHORIZATION_FAILURE: "Authorization Failure.",
    Status.NOT_FOUND: "Not Found.",
    Status.TARGET_REMOVED: "Target Removed.",
    Status.UNSUPPORTED_VERSION: "Unsupported Version.",
    Status.TOO_MANY_CONNECTIONS: "Too many Connections.",
    Status.MISSING_PARAMETER: "Missing Parameter.",
    Status.CANT_INCLUDE_IN_SESSION: "Can not include in session.",
    Status.SESSION_TYPE_NOT_SUPPORTED: "Session type not supported.",
    Status.TARGET_ERROR: "Target Error.",
    Status.SERVICE_UNAVAILABLE: "Service Unavailable.",
    Status.OUT_OF_RESOURCES: "Out of Resources.",
    Status.CONNECTION_ALREADY_EXISTS: "Connections already exist on initiator node.",
    Status.SESSION_ALREADY_EXISTS: "Session Already Exists.",
    Status.INITIATOR_INSTANCE_NOT_FOUND: "Initiator Instance Does Not Exist.",
    Status.TARGET_ALREADY_EXISTS: "Target Already Exists.",
    Status.DRIVER_BUG: "The iscsi driver implementation did not complete an operation correctly.",
    Status.INVALID_TEXT_KEY: "An invalid key text was encountered.",
    Status.INVALID_SENDTARGETS_TEXT: "Invalid SendTargets response text was encountered.",
    Status.INVALID_SESSION_ID: "Invalid Session Id.",
    Status.SCSI_REQUEST_FAILED: "The scsi request failed.",
    Status.TOO_MANY_SESSIONS: "Exceeded max sessions for this initiator.",
    Status.SESSION_BUSY: "Session is busy since a request is already in progress.",
    Status.TARGET_MAPPING_UNAVAILABLE: "The target mapping requested is not available.",
    Status.ADDRESS_TYPE_NOT_SUPPORTED: "The Target Address type given is not supported.",
    Status.LOGON_FAILED: "Logon Failed.",
    Status.SEND_FAILED: "TCP Send Failed.",
    Status.TRANSPORT_ERROR: "TCP Transport Error",
    Status.VERSION_MISMATCH: "iSCSI Version Mismatch",
    Status.TARGET_MAPPING_OUT_OF_RANGE: (
        "The Target Mapping Address passed is out of range for the adapter configuration."
    ),
    Status.TARGET_PRESHAREDKEY_UNAVAILABLE: (
        "The preshared key for the target or IKE identification payload is not available."
    ),
    Status.TARGET_AUTHINFO_UNAVAILABLE: "The authentication information for the target is not available.",
    Status.TARGET_NOT_FOUND: "The target name is not found or is marked as hidden from login.",
    Status.LOGIN_USER_INFO_BAD: "One or more parameters specified in LoginTargetIN structure is invalid.",
    Status.TARGET_MAPPING_EXISTS: "Given target mapping already exists.",
    Status.HBA_SECURITY_CACHE_FULL: "The HBA security information cache is full.",
    Status.INVALID_PORT_NUMBER: "The port number passed is not valid for the initiator.",
    Status.OPERATION_NOT_ALL_SUCCESS: "The operation was not successful for all initiators or discovery methods.",
    Status.HBA_SECURITY_CACHE_NOT_SUPPORTED: "The HBA security information cache is not supported by this adapter.",
    Status.IKE_ID_PAYLOAD_TYPE_NOT_SUPPORTED: "The IKE id payload type specified is not supported.",
    Status.IKE_ID_PAYLOAD_INCORRECT_SIZE: "The IKE id payload size specified is not correct.",
    Status.TARGET_PORTAL_ALREADY_EXISTS: "Target Portal Structure Already Exists.",
    Status.TARGET_ADDRESS_ALREADY_EXISTS: "Target Address Structure Already Exists.",
    Status.NO_AUTH_INFO_AVAILABLE: "There is no IKE authentication information available.",
    Status.NO_TUNNEL_OUTER_MODE_ADDRESS: "There is no tunnel mode outer address specified.",
    Status.CACHE_CORRUPTED: "Authentication or tunnel address cache is corrupted.",
    Status.REQUEST_NOT_SUPPORTED: "The request or operation is not supported.",
    Status.TARGET_OUT_OF_RESOURCES: "The target does not have enough resources to process the given request.",
    Status.SERVICE_DID_NOT_RESPOND: "The initiator service did not respond to the request sent by the driver.",
    Status.ISNS_SERVER_NOT_FOUND: "The Internet Storage Name Server (iSNS) server was not found or is unavailable.",
    Status.OPERATION_REQUIRES_REBOOT: (
        "The operation was successful but requires a driver reload or reboot to become effective."
    ),
    Status.NO_PORTAL_SPECIFIED: "There is no target portal available to complete the login.",
    Status.CANT_REMOVE_LAST_CONNECTION: "Cannot remove the last connection for a session.",
    Status.SERVICE_NOT_RUNNING: (
        "The Microsoft iSCSI Initiator Service is not running. Please start the service and retry."
    ),
    Status.TARGET_ALREADY_LOGGED_IN: "The target has already been logged in via an iSCSI session.",
    Status.DEVICE_BUSY_ON_SESSION: (
        "The session cannot be logged out since a device on that session is currently being used."
    ),
    Status.COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA: "Failed to save persistent login information.",
    Status.COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA: "Failed to remove persistent login information.",
    Status.PORTAL_NOT_FOUND: "The specified portal was not found.",
    Status.INITIATOR_NOT_FOUND: "The specified initiator name was not found.",
    Status.DISCOVERY_MECHANISM_NOT_FOUND: "The specified discovery mechanism was not found.",
    Status.IPSEC_NOT_SUPPORTED_ON_OS: "iSCSI does not support IPSEC for this version of the OS.",
    Status.PERSISTENT_LOGIN_TIMEOUT: "The iSCSI service timed out waiting for all persistent logins to complete.",
    Status.SHORT_CHAP_SECRET: (
        "The specified CHAP secret is less than 96 bits and will not be usable for authenticating over non "
        "ipsec connections."
    ),
    Status.EVALUATION_PERIOD_EXPIRED: "The evaluation period for the iSCSI initiator service has expired.",
    Status.INVALID_CHAP_SECRET: (
        "CHAP secret given does not conform to the standard. Please see system event log for more information."
    ),
    Status.INVALID_TARGET_CHAP_SECRET: (
        "Target CHAP secret given is invalid. Maximum size of CHAP secret is 16 bytes. Minimum size is 12 "
        "bytes if IPSec is not used."
    ),
    Status.INVALID_INITIATOR_CHAP_SECRET: (
        "Initiator CHAP secret given is invalid. Maximum size of CHAP secret is 16 bytes. Minimum size is 12 "
        "bytes if IPSec is not used."
    ),
    Status.INVALID_CHAP_USER_NAME: "CHAP Username given is invalid.",
    Status.INVALID_LOGON_AUTH_TYPE: "Logon Authentication type given is invalid.",
    Status.INVALID_TARGET_MAPPING: "Target Mapping information given is invalid.",
    Status.INVALID_TARGET_ID: "Target Id given in Target Mapping is invalid.",
    Status.INVALID_ISCSI_NAME: "The iSCSI name specified contains invalid characters or is too long.",
    Status.INCOMPATIBLE_ISNS_VERSION: (
        "The version number returned from the Internet Storage Name Server (iSNS) server is not compatible "
        "with this version of the iSNS client."
    ),
    Status.FAILED_TO_CONFIGURE_IPSEC: (
        "Initiator failed to configure IPSec for the given connection. This could be because of low resources."
    ),
    Status.BUFFER_TOO_SMALL: "The buffer given for processing the request is too small.",
    Status.INVALID_LOAD_BALANCE_POLICY: "The given Load Balance policy is not recognized by iScsi initiator.",
    Status.INVALID_ISCSI_PARAMETER: "One or more paramaters specified is not valid.",
    Status.DUPLICATE_PATH_SPECIFIED: "Duplicate PathIds were specified in the call to set Load Balance Policy.",
    Status.PATH_COUNT_MISMATCH: (
        "Number of paths specified in Set Load Balance Policy does not match the number of paths to the target."
    ),
    Status.INVALID_PATH_ID: "Path Id specified in the call to set Load Balance Policy is not valid",
    Status.MULTIPLE_PRIMARY_PATHS_SPECIFIED: "Multiple primary paths specified when only one primary path is expected.",
    Status.NO_PRIMARY_PATH_SPECIFIED: "No primary path specified when at least one is expected.",
    Status.DEVICE_ALREADY_PERSISTENTLY_BOUND: "Device is already a persistently bound device.",
    Status.DEVICE_NOT_FOUND: "Device was not found.",
    Status.DEVICE_NOT_ISCSI_OR_PERSISTENT: (
        "The device specified does not originate from an iSCSI disk or a persistent iSCSI login."
    ),
    Status.DNS_NAME_UNRESOLVED: "The DNS name specified was not resolved.",
    Status.NO_CONNECTION_AVAILABLE: "There is no connection available in the iSCSI session to process the request.",
    Status.LB_POLICY_NOT_SUPPORTED: "The given Load Balance policy is not supported.",
    Status.REMOVE_CONNECTION_IN_PROGRESS: "A remove connection request is already in progress for this session.",
    Status.INVALID_CONNECTION_ID: "Given connection was not found in the session.",
    Status.CANNOT_REMOVE_LEADING_CONNECTION: "The leading connection in the session cannot be removed.",
    Status.RESTRICTED_BY_GROUP_POLICY: (
        "The operation cannot be performed since it does not conform with the group policy assigned to this computer."
    ),
    Status.ISNS_FIREWALL_BLOCKED: (
        "The operation cannot be performed since the Internet Storage Name Server (iSNS) firewall exception "
        "has not been enabled."
    ),
    Status.FAILURE_TO_PERSIST_LB_POLICY: "Failed to persist load balancing policy parameters.",
    Status.INVALID_HOST: "The name could not be resolved to an IP Address.",
}


def is_success(status: int) -> bool:
    """Whether the operation was done: success or a warning."""
    return status == 0 or status >> 28 == 0xA


def message(status: int) -> str:
    """Return the text as FormatMessage gives it with FORMAT_MESSAGE_MAX_WIDTH_MASK: one blank at the end.

    Of a number without a text it gives nothing.
    """
    text = TEXTS.get(status)
    return f"{text} " if text else ""
