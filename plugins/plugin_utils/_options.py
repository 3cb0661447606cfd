# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option groups that modules share, one for each doc fragment of the same name. Private to the collection."""

from __future__ import annotations

import typing as t

from ._model import TIMERS, HpPolicy, Policy

ArgumentSpec = dict[str, dict[str, t.Any]]

RELEASES: t.Final = ("2003", "2008", "2008r2", "2012", "2012r2", "2016", "2019", "2022", "2025")
"""Keys of the releases of Windows Server."""
SETTABLE_POLICIES: t.Final = tuple(policy.label for policy in Policy if policy is not Policy.VENDOR_SPECIFIC)
CLEAR: t.Final = "clear"
"""Takes a policy away, so that the next level decides."""
DEFAULT_POLICIES: t.Final = ("failover_only", "round_robin", "least_queue_depth", "least_blocks")
"""What can be a default of the Microsoft DSM; the others need to be told of paths (mpclaim help text of 6.1)."""
HP_POLICY_NAMES: t.Final = tuple(policy.label for policy in HpPolicy)

LAYOUT: ArgumentSpec = {
    "arrays": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "model": {"type": "str"},
            "product": {"type": "str"},
            "portals": {"type": "list", "elements": "raw", "required": True},
            "targets": {"type": "list", "elements": "str", "default": []},
            "luns": {"type": "list", "elements": "str", "default": []},
            "minimum_luns": {"type": "int", "default": 1},
            "chap_user": {"type": "str"},
            "chap_secret": {"type": "str", "no_log": True},
            "mutual_chap": {"type": "bool", "default": False},
            "chap_after_first_login": {"type": "bool", "default": False},
            "header_digest": {"type": "bool"},
            "data_digest": {"type": "bool"},
        },
    },
    "nics": {"type": "list", "elements": "raw", "required": True},
    "mesh": {"type": "str", "default": "subnet", "choices": ["subnet", "fabric", "full", "explicit"]},
}

SECRETS: ArgumentSpec = {
    # Not a secret itself: it says when secrets are written.
    "update_password": {"type": "str", "default": "on_create", "choices": ["on_create", "always"], "no_log": False},
}

INITIATOR: ArgumentSpec = {
    "node_name": {"type": "str"},
    "rename_despite_sessions": {"type": "bool", "default": False},
    "mutual_chap_secret": {"type": "str", "no_log": True},
    **SECRETS,
    "isns_servers": {"type": "list", "elements": "str"},
    "bind_volumes": {"type": "bool", "default": False},
    "dependent_services": {"type": "list", "elements": "str", "default": []},
    "cluster_disks_offline": {"type": "bool", "default": False},
    "package": {
        "type": "dict",
        "options": {
            "path": {"type": "str", "required": True},
            "arguments": {"type": "list", "elements": "str", "default": []},
        },
    },
}

DSM_NAME: ArgumentSpec = {
    "hp_dsm_name": {"type": "str"},
}

DSM: ArgumentSpec = {
    "dsm": {"type": "str", "default": "microsoft", "choices": ["microsoft", "hp"]},
    **DSM_NAME,
}

DSM_PACKAGE: ArgumentSpec = {
    "dsm_package": {
        "type": "dict",
        "options": {
            "path": {"type": "str"},
            "arguments": {"type": "list", "elements": "str", "default": []},
            "removal_path": {"type": "str"},
            "removal_arguments": {"type": "list", "elements": "str", "default": []},
            "version": {"type": "str"},
            "driver": {"type": "str"},
            "unsupported_release": {"type": "bool", "default": False},
        },
    },
}

RELEASE: ArgumentSpec = {
    "assume_release": {"type": "str", "choices": list(RELEASES)},
}

METHODS: ArgumentSpec = {
    "method_calls": {"type": "str", "default": "auto", "choices": ["auto", "wsman", "script"]},
}

PATHS: ArgumentSpec = {
    "minimum_paths": {"type": "int"},
    "sessions_per_path": {"type": "int", "default": 1},
    "device_timeout": {"type": "int", "default": 15},
}

STATE: ArgumentSpec = {
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
}

PURGE: ArgumentSpec = {
    "purge": {"type": "list", "elements": "str", "default": [], "choices": ["stale", "undeclared"]},
    "purge_limit": {"type": "int", "default": 16},
}

POLICIES: ArgumentSpec = {
    "lun_policies": {"type": "dict", "default": {}},
    "explicit_policies": {"type": "bool", "default": False},
    "hardware_id_policies": {"type": "dict", "default": {}},
    "dsm_policy": {"type": "str", "choices": [*DEFAULT_POLICIES, CLEAR]},
    "allow_least_queue_depth": {"type": "bool", "default": False},
}

OF_MICROSOFTS_DSM: t.Final = ("lun_policies", "hardware_id_policies", "dsm_policy")
"""Those of them that wish something of the Microsoft DSM."""

HP_POLICIES: ArgumentSpec = {
    "hp_policies": {"type": "dict", "default": {}},
    "hp_policy_show": {"type": "list", "elements": "str", "default": []},
    "hp_policy_pattern": {"type": "str"},
}

HP_POLICY_SET: ArgumentSpec = {
    "hp_policy_set": {"type": "list", "elements": "str", "default": []},
}

SETTINGS: ArgumentSpec = {
    **{timer.name: {"type": "bool" if timer.switch else "int"} for timer in TIMERS},
    "profile": {"type": "str"},
    "profiles": {"type": "dict", "default": {}},
}

REBOOT: ArgumentSpec = {
    "reboot_timeout": {"type": "int", "default": 900},
    "pre_reboot_delay": {"type": "int", "default": 2},
    "post_reboot_delay": {"type": "int", "default": 0},
    "reboot_despite": {"type": "list", "elements": "str", "default": [], "choices": ["users", "cluster"]},
}
