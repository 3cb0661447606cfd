# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an array takes the declared secrets. Private to the collection.

No secret can be read back, and the declared one need not be the array's: it may be mistyped, or on its way. What is
stored with CHAP works as far as anybody knows, so it is stored again only once a session of this run has been made.
"""

from __future__ import annotations

from .._judge.paths import same_credentials
from .._model import Authentication, PersistentLogin
from .desired import WantedArray
from .plan import Memory

UNPROVEN = "only a session that is made now shows that the array takes the declared secret"


def is_secret_proven(array: WantedArray, memory: Memory) -> bool:
    """Tell whether a session of this run has shown that an array takes its credentials; without CHAP there are none."""
    portals = {wanted.portal for wanted in array.portals}
    return array.chap is None or any(step.portal in portals and step.chap == array.chap for step in memory.proven)


def may_lose(login: PersistentLogin, array: WantedArray, memory: Memory) -> bool:
    """Tell whether a stored login that the array may take would be stored again with a secret that it may not take."""
    uses_chap = login.authentication not in (None, Authentication.NONE)
    return uses_chap and same_credentials(login, array.chap) and not is_secret_proven(array, memory)
