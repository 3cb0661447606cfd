# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timers of MPIO, the initiator and the disks."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  path_verify_enabled:
    description:
      - Whether MPIO looks after all paths every O(path_verification_period) seconds (C(PathVerifyEnabled)). Windows'
        default is V(false).
    type: bool
  path_verification_period:
    description:
      - How often that is, in seconds (C(PathVerificationPeriod)). Windows' default is 30.
      - From 1 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  pdo_remove_period:
    description:
      - How long MPIO keeps a disk that has lost all its paths, in seconds (C(PDORemovePeriod)). Windows' default is
        20.
      - From 1 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  retry_count:
    description:
      - How often MPIO tries a request again that failed for a moment (C(RetryCount)), from 0 to 500. Windows' default
        is 3.
    type: int
  retry_interval:
    description:
      - How long it waits before that, in seconds (C(RetryInterval)). Windows' default is 1.
      - From 0 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  use_custom_path_recovery_interval:
    description:
      - Whether O(path_recovery_interval) counts (C(UseCustomPathRecoveryInterval)). Windows' default is V(false),
        with which MPIO tries to recover paths every two O(pdo_remove_period).
      - Windows Server 2008 R2 and later.
    type: bool
  path_recovery_interval:
    description:
      - How often MPIO tries to recover paths, in seconds (C(PathRecoveryInterval)). Windows' default is 40.
      - With O(use_custom_path_recovery_interval) it should be less than O(pdo_remove_period) (Microsoft);
        RV(findings) says so where it is not.
      - From 1 to 4294967295, which is what the registry can hold; no source tells a narrower range.
      - Windows Server 2008 R2 and later.
    type: int
  disk_path_check:
    description:
      - Whether MPIO checks paths through their disks (C(DiskPathCheckEnabled) on Windows Server 2008 R2,
        C(DiskPathCheckDisabled) with the opposite sense from 2012 on). No document with its default was found.
      - Windows Server 2008 R2 and later.
    type: bool
  disk_path_check_interval:
    description:
      - How often that is, in seconds (C(DiskPathCheckInterval)). No document with its default was found.
      - From 1 to 4294967295, which is what the registry can hold; no source tells a narrower range.
      - Windows Server 2008 R2 and later.
    type: int
  link_down_time:
    description:
      - How long the initiator holds requests of a session that is lost, with MPIO, in seconds (C(LinkDownTime)).
        Windows' default is 15.
      - From 0 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  max_request_hold_time:
    description:
      - The same without MPIO, in seconds (C(MaxRequestHoldTime)). Windows' default is 60.
      - From 0 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  srb_timeout_delta:
    description:
      - What the initiator adds to the time that a request may take, in seconds (C(SrbTimeoutDelta)). Windows' default
        is 15.
      - From 0 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  enable_nop_out:
    description:
      - Whether the initiator asks an idle target whether it is still there (C(EnableNOPOut)). Windows' default is
        V(false).
    type: bool
  delay_between_reconnect:
    description:
      - How long the initiator waits before it tries to make a lost session again, in seconds
        (C(DelayBetweenReconnect)). Windows' default is 5.
      - From 0 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  portal_retry_count:
    description:
      - How often the initiator tries a target portal again (C(PortalRetryCount)). No source at hand tells Windows'
        default.
      - From 0 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  max_pending_requests:
    description:
      - How many requests of a session may be under way (C(MaxPendingRequests)). No source at hand tells Windows'
        default.
      - From 1 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  max_transfer_length:
    description:
      - Largest request that the initiator takes, in bytes (C(MaxTransferLength)). No source at hand tells Windows'
        default.
      - From 1 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  max_burst_length:
    description:
      - C(MaxBurstLength) that the initiator offers.
      - From 512 to 16777215 bytes (RFC 7143). No source at hand tells Windows' default.
    type: int
  first_burst_length:
    description:
      - C(FirstBurstLength) that the initiator offers.
      - From 512 to 16777215 bytes (RFC 7143). No source at hand tells Windows' default.
    type: int
  max_recv_data_segment_length:
    description:
      - C(MaxRecvDataSegmentLength) that the initiator declares.
      - From 512 to 16777215 bytes (RFC 7143). No source at hand tells Windows' default.
    type: int
  error_recovery_level:
    description:
      - C(ErrorRecoveryLevel) that the initiator offers, from 0 to 2 (RFC 7143). No source at hand tells Windows'
        default.
    type: int
  disk_timeout:
    description:
      - How long a request to a disk may take, in seconds (C(TimeOutValue) of the disk driver). It counts for every
        disk of the host. Microsoft's documents tell 60 and 120 as its default, so none is relied upon.
      - From 1 to 4294967295, which is what the registry can hold; no source tells a narrower range.
    type: int
  tcp1323_opts:
    description:
      - TCP window scaling and timestamps of the whole host (C(Tcp1323Opts)). V(0) neither, V(1) scaling, V(2)
        timestamps, V(3) both (Microsoft KB 224829).
      - HP's release notes of EVA iSCSI connectivity 9.0 tell to add it and the copy at hand does not show the value.
    type: int
  profile:
    description:
      - Name of a profile to set, V(windows_defaults) or one of O(profiles). A timer that is given by itself counts
        instead of the profile's.
      - V(windows_defaults) has the timers whose default a source tells. The guide about settings lists them.
    type: str
  profiles:
    description:
      - Profiles of your own. Each name leads to a mapping with C(source), a text that says where the values come
        from, and C(values), timers by the names of these options. RV(steps) names the source as the reason.
      - All of them are checked; one that O(profile) does not name does nothing else.
    type: dict
    default: {}
"""
