# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Python libraries that Ansible's winrm connection needs as well, imported in one place. Private to the collection.

A controller without them must still load every plugin and say in one sentence what is missing, so nothing here fails
on import; :data:`MISSING` is that sentence's reason, and :class:`.link.Link` says it.
"""

from __future__ import annotations

import codecs

MISSING: str | None = None

# Python looks for a codec when it is first used. The strings of NTLM would have every task's process import this one.
codecs.lookup("utf-16-le")

try:
    import requests.exceptions
    import urllib3.exceptions
    from requests import PreparedRequest, Response, Session
    from requests.adapters import HTTPAdapter
    from winrm.exceptions import AuthenticationError, WinRMError, WinRMTransportError, WSManFaultError
    from winrm.transport import Transport
except ImportError as error:
    MISSING = str(error)
    # Names to import, and bases to derive from, that nobody gets to use.
    requests = urllib3 = None  # type: ignore[assignment]
    HTTPAdapter = PreparedRequest = Response = Session = Transport = object  # type: ignore[assignment,misc]
    AuthenticationError = WinRMError = WinRMTransportError = WSManFaultError = Exception  # type: ignore[assignment,misc]

__all__ = [
    "MISSING",
    "AuthenticationError",
    "HTTPAdapter",
    "PreparedRequest",
    "Response",
    "Session",
    "Transport",
    "WSManFaultError",  # not used: its presence tells pywinrm 0.5.0, the oldest that is supported
    "WinRMError",
    "WinRMTransportError",
    "requests",
    "urllib3",
]
