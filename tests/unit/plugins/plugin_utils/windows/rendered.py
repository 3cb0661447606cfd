# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of rendering have in common: one path, one stored login, one release."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, Host, PersistentLogin, TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import RELEASES
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.rendering import render
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import scenario

RELEASE = RELEASES[9600]
NIC = ip_address("10.10.2.11")
PORTAL = TargetPortal(ip_address("10.10.2.21"))
INSTANCE = scenario.INSTANCE
IQN = "iqn.1986-03.com.hp:fcgw.mpx200:t1"
SECRET = "correct horse 1"
HEX = "0x" + SECRET.encode().hex()
CHAP = Chap("srv01", SECRET)
WHY = "because of the test"
STARS = " ".join("*" * 9)

STORED = PersistentLogin(IQN, PORTAL, INSTANCE, 2, True, False, None, 2)
LOGIN = f"{IQN} T 10.10.2.21 3260 {INSTANCE} 2 * 0x2 {STARS} 0"
CHAP_LOGIN = f"{IQN} T 10.10.2.21 3260 {INSTANCE} 2 * 0x2 * * * * * srv01"


def rendered(step: steps.Step, host: Host) -> t.Any:
    return render(step, host, RELEASE)
