# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host answered, saved on the controller with everything private replaced. Private to the collection.

:mod:`.recording` is the front: it listens to a link, asks the :mod:`.probes`, and writes the folder. :mod:`.disguise`
replaces values and :mod:`.markup` finds them in the XML, which otherwise stays as it came, octet by octet.
"""
