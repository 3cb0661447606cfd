# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacing private values in texts, each always by the same stand-in of the same shape. Private to the collection.

Shapes: RFC 3720 3.2.6.3 (names of initiators and targets), T10 NAA designators (WWNs), and names that were learned.
"""

from __future__ import annotations

import re
import typing as t
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from .addresses import Addresses

MASK: t.Final = "********"
MARK: t.Final = f"--eva.mpio-{'0' * 32}--"
"""What stands for the random marks that tell the outputs of one command line apart."""

_PUBLIC_AUTHORITIES: t.Final = ("iqn.1986-03.com.hp", "iqn.1991-05.com.microsoft")
"""Of vendors: they say what kind of thing it is, not whose."""
_WELL_KNOWN: t.Final = frozenset(
    {
        *("administrator", "localsystem", "system", "networkservice", "network service", "localservice"),
        *("local service", "nt authority", "builtin", "workgroup", "localhost", "hp", "microsoft", "windows"),
    }
)
"""Names that every Windows has, and those of vendors, which stand in hardware ids and class names too."""

_SHAPES: t.Final = r"""
    (?P<mark>--eva\.mpio-[0-9a-f]{32}--)
  | (?P<iqn>iqn\.\d{4}-\d\d\.[a-z0-9.-]+(?::[^\s"'<>,;|()\[\]\#&\\*]*)?)
  | (?P<eui>(?:eui|naa)\.[0-9a-f]{16,32})
  | (?P<sid>S-1-5-21(?:-\d+){3,})
  | (?P<guid>(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f]))
  | (?P<dashed>(?<![0-9a-f-])(?:[0-9a-f]{4}-){3}(?:(?:[0-9a-f]{4}-){4})?[0-9a-f]{4}(?![0-9a-f-]))
  | (?P<session>(?<![0-9a-f])(?:ffff[0-9a-f]{12}|[89a-f][0-9a-f]{7})-[0-9a-f]{16}(?![0-9a-f-]))
  | (?P<octets>(?<![0-9a-f:-])[0-9a-f]{2}(?P<sep>[:-])(?:[0-9a-f]{2}(?P=sep)){4,}[0-9a-f]{2}(?![0-9a-f:-]))
  | (?P<digits>(?<![0-9a-f])[0-9a-f]{12}(?:[0-9a-f]{4,})?(?![0-9a-f]))
  | (?P<v6>(?<![0-9a-z:.])(?=[0-9a-f]*:[0-9a-f]*:)[0-9a-f:]{2,39}(?:\.\d{1,3}){0,3}(?![0-9a-z:]))
  | (?P<v4>(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d))
"""


class Disguise:
    """Replaces private values. What it is taught must be known before the first text is replaced."""

    def __init__(self, secrets: t.Iterable[str] = ()) -> None:
        self.addresses = Addresses()
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)
        self._names: dict[str, str] = {}
        self._kept: set[str] = set()
        self._given: dict[str, dict[str, int]] = {}
        self._patterns: dict[bool, re.Pattern[str]] = {}

    def learn(self, kind: str, name: str) -> None:
        r"""Note a name to be replaced wherever it stands as a word.

        Args:
            kind: ``host``, ``domain``, ``user`` or ``group``: what the stand-in says it is.
            name: Of a host also with its domain; of a user also as DOMAIN\user or user@domain.
        """
        word = name.strip().strip(".").casefold()
        if _is_address(word):
            return
        domain = ""
        if kind == "host":
            word, _dot, domain = word.partition(".")
        elif "\\" in word:
            domain, _backslash, word = word.partition("\\")
        elif "@" in word:
            word, _at, domain = word.partition("@")
        for what, known in ((kind, word), ("domain", domain)):
            if len(known) > 1 and known not in _WELL_KNOWN:
                self._names.setdefault(known, f"{what}-{self._number(what, known)}")
        self._patterns.clear()

    def keep(self, text: str) -> None:
        """Note a text whose words mean something of their own; names like them are replaced by :meth:`named` only.

        A host may be called "server" or "mpio": replaced everywhere, it would make nonsense of questions and answers. A
        secret that stands in such a text is left too, for asterisks in the place of a known word would tell it.
        """
        self._secrets = [secret for secret in self._secrets if secret not in text]
        self._kept.update(re.findall(r"[^\W_]+", text.casefold()))
        self._patterns.clear()

    def text(self, text: str) -> str:
        """Return a text with everything private in it replaced."""
        return self._replaced(text, kept=True)

    def named(self, text: str) -> str:
        """Return the same of a text that is known to name a host, a domain, a user or a group."""
        return self._replaced(text, kept=False)

    def _replaced(self, text: str, kept: bool) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return self._pattern(kept).sub(self._replace, text)

    def _pattern(self, kept: bool) -> re.Pattern[str]:
        if kept not in self._patterns:
            names = sorted(set(self._names) - self._kept if kept else self._names, key=len, reverse=True)
            words = "|".join(re.escape(name) for name in names)
            known = rf"  | (?P<name>(?<![^\W_])(?:{words})(?![^\W_]))" if words else ""
            self._patterns[kept] = re.compile(_SHAPES + known, re.VERBOSE | re.IGNORECASE)
        return self._patterns[kept]

    def whole(self, text: str) -> str:
        """Return a stand-in for a text of which nobody knows what it may hold."""
        known = self.text(text)
        if known != text and self._pattern(kept=True).fullmatch(text.strip()):
            return known
        return f"text-{self._number('text', text)}"

    def _replace(self, match: re.Match[str]) -> str:
        text = match.group()
        replacers: dict[str, t.Callable[[str], str]] = {
            "iqn": self._iqn,
            "eui": self._eui,
            "sid": self._sid,
            "dashed": self._dashed,
            "octets": self._octets,
            "digits": self._digits,
            "v6": self._v6,
            "v4": self._v4,
        }
        if match["mark"]:
            return MARK
        if match["guid"] or match["session"]:
            return text  # an interface, an adapter, a number of the driver: nothing about anybody
        kind = next((kind for kind in replacers if match[kind]), None)
        return replacers[kind](text) if kind else self._names[text.casefold()]

    def _iqn(self, text: str) -> str:
        name = text.rstrip(".:-")
        authority = name.partition(":")[0].casefold()
        if authority not in _PUBLIC_AUTHORITIES:
            authority = "iqn.2001-04.com.example"
        return f"{authority}:name{self._number('iqn', name.casefold()):04}{text[len(name) :]}"

    def _eui(self, text: str) -> str:
        prefix, _dot, digits = text.partition(".")
        return f"{prefix}.{self._wwn(digits)}"

    def _sid(self, text: str) -> str:
        domain, account = text.split("-")[4:7], text.split("-")[7:]
        numbers = "-".join(str(self._number("sid", part)) for part in domain)
        # Below 1000 are the accounts that every domain has.
        kept = [part if int(part) < 1000 else str(1000 + self._number("rid", part)) for part in account]
        return "-".join(["S-1-5-21", numbers, *kept])

    def _dashed(self, text: str) -> str:
        digits = self._wwn(text.replace("-", ""))
        return "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))

    def _octets(self, text: str) -> str:
        separator = text[2]
        digits = text.replace(separator, "")
        stand_in = self._mac(digits) if len(digits) == 12 else self._wwn(digits)
        return separator.join(stand_in[start : start + 2] for start in range(0, len(digits), 2))

    def _mac(self, digits: str) -> str:
        # 02: locally administered (IEEE 802).
        return _cased(f"02{self._number('mac', digits.casefold()):010x}", digits)

    def _digits(self, text: str) -> str:
        if len(text) == 12:
            return self._mac(text) if text.casefold() in self._given.get("mac", {}) else text
        spelled = self._spelled(text)
        if spelled is not None:
            return spelled
        if len(text) == 16 and text[0] not in "125":
            return text  # an id of a session or a path; WWNs of ports and nodes are NAA 1, 2 or 5
        return self._wwn(text)

    def _spelled(self, digits: str) -> str | None:
        """Replace in a text that is spelled in hexadecimal, as at the end of instance names; None where it is none."""
        if len(digits) % 2:
            return None
        octets = bytes.fromhex(digits)
        encoding = "utf-16-le" if len(octets) % 2 == 0 and not any(octets[1::2]) else "ascii"
        try:
            text = octets.decode(encoding).rstrip("\0")
        except UnicodeDecodeError:
            return None
        if not text.isprintable():
            return None
        spelled = self.text(text).encode(encoding).hex()
        return digits if self.text(text) == text else _cased(spelled, digits)

    def _wwn(self, digits: str) -> str:
        """Keep the format and the vendor (NAA and OUI, 7 digits) of a WWN, and nothing of any other number."""
        known = digits[0] in "1256" and len(digits) in (16, 32)
        head = digits[:7] if known else "0"
        number = self._number("wwn", digits.casefold())
        return head + _cased(f"{number:0{len(digits) - len(head)}x}", digits)

    def _v6(self, text: str) -> str:
        try:
            return str(self.addresses.v6(IPv6Address(text)))
        except AddressValueError:
            return text

    def _v4(self, text: str) -> str:
        try:
            return str(self.addresses.v4(IPv4Address(text)))
        except AddressValueError:
            return text

    def _number(self, kind: str, value: str) -> int:
        given = self._given.setdefault(kind, {})
        return given.setdefault(value, len(given) + 1)


def _is_address(text: str) -> bool:
    for kind in (IPv4Address, IPv6Address):
        try:
            kind(text)
        except AddressValueError:
            continue
        return True
    return False


def _cased(text: str, like: str) -> str:
    """Return a text in the letter case of another."""
    return text.upper() if any(character.isupper() for character in like) else text
