# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Talking to a Windows host over Ansible's own WinRM connection. Private to the collection.

:mod:`.link` is the front. What it sends and reads is described with :mod:`.schema`, :mod:`.instance` and
:mod:`.command`; what can go wrong is in :mod:`.faults`. This room knows no iSCSI.
"""
