# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The language a simulated server speaks: English, German or Japanese.

English is what recordings and Microsoft's headers show. The German and Japanese sentences are our own wording:
Microsoft's are mostly not published, and that is all they have to be good for, for whoever looks for an English
sentence must not find it. What is published says where it stands, beside the sentence in ``languages/``.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

TABLES = Path(__file__).parent / "languages"
ENGLISH_CODE = "en"

_LABEL = re.compile(r"(?P<words>.+?)(?P<gap>\s*):(?P<rest>(\s.*)?)")
_SENTENCE_END = re.compile(r"(?<=\. )")
_FIELD = re.compile(r"{[^{}]*}")
_DATA = re.compile(r"0x|{[^{}]*}")


class MissingSentenceError(KeyError):
    """A sentence that one of the tables does not have."""


@dataclass(frozen=True)
class Locale:
    """What Windows says of a language, and the names that its setup gives."""

    code: str
    """``en``, ``de`` or ``ja``."""
    name: str
    """The name in Win32_OperatingSystem.MUILanguages, ``de-DE``."""
    os_language: int
    """Win32_OperatingSystem.OSLanguage, the language id in decimal: 1033, 1031, 1041 (MS-LCID)."""
    country_code: int
    """Win32_OperatingSystem.CountryCode, the country's telephone prefix."""
    ansi_code_page: int
    """Win32_OperatingSystem.CodeSet."""
    console_code_page: int
    """The OEM code page, which consoles begin with (Microsoft: code page identifiers)."""
    administrators: str
    """The group S-1-5-32-544, with its domain."""
    network_service: str
    """S-1-5-20."""

    @property
    def locale(self) -> str:
        """Win32_OperatingSystem.Locale: the language id as four hexadecimal digits."""
        return f"{self.os_language:04x}"


@lru_cache(maxsize=1)
def locales() -> dict[str, Locale]:
    """Return all languages by their code."""
    rows = yaml.safe_load((TABLES / "locales.yml").read_text(encoding="utf-8"))
    return {row["code"]: Locale(**row) for row in rows}


@lru_cache(maxsize=1)
def sentences() -> dict[str, dict[str, str]]:
    """Return the tables: English sentence -> language code -> sentence.

    Raises:
        ValueError: one sentence stands in two places.
    """
    found: dict[str, dict[str, str]] = {}
    for path in sorted(TABLES.glob("*.yml")):
        if path.name == "locales.yml":
            continue
        for row in yaml.safe_load(path.read_text(encoding="utf-8")) or ():
            english = " ".join(row["en"].split())
            if english in found:
                raise ValueError(f"{path.name} has a sentence that stands elsewhere: {english}")
            found[english] = {code: row[code].strip("\n") for code in row if code != ENGLISH_CODE}
    return found


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences with fields: a pattern that reads the fields from a filled sentence, and the sentence."""
    return [(_pattern(english), english) for english in sentences() if _FIELD.search(english)]


def _pattern(english: str) -> re.Pattern[str]:
    names: set[str] = set()
    pieces = []
    for piece in re.split(f"({_FIELD.pattern})", english):
        name = _field_name(piece) if _FIELD.fullmatch(piece) else None
        if name is None:
            pieces.append(re.escape(piece))
        else:
            pieces.append(f"(?P={name})" if name in names else f"(?P<{name}>.+?)")
            names.add(name)
    return re.compile("".join(pieces))


def _field_name(field: str) -> str:
    return field.strip("{}").partition(":")[0]


def _filled(sentence: str, values: dict[str, str]) -> str:
    return _FIELD.sub(lambda field: values[_field_name(field[0])], sentence)


class Language:
    """One language: called with an English sentence it returns the language's own."""

    def __init__(self, code: str = ENGLISH_CODE, strict: bool = False) -> None:
        """Choose a language.

        Args:
            code: ``en``, ``de`` or ``ja``.
            strict: raise for a sentence that the tables lack, instead of printing something that is not English.

        Raises:
            ValueError: no such language.
        """
        known = locales().get(code)
        if known is None:
            raise ValueError(f"no such language: {code}; there are {', '.join(locales())}")
        self.code = code
        self.locale = known
        self._strict = strict

    def __call__(self, text: str, /, **fields: object) -> str:
        r"""Return the text in this language, with its fields filled in.

        The text is one line or several; each is a sentence, several, a label (``Session Id             : ``; what
        follows stays in its column, and as it is when it is no sentence) or nothing to translate. Blanks and line
        breaks around stay as they are. A usage text is known by its first line alone. A sentence that comes with its
        fields filled in is known too.

        Args:
            text: English, with str.format fields; without ``fields`` braces are only braces.
            fields: what stands in the fields.

        Raises:
            MissingSentenceError: the tables lack a sentence, and this language is strict.
        """
        if self.code != ENGLISH_CODE:
            text = self._page(text) or "\n".join(self._line(line) for line in text.split("\n"))
        return text.format(**fields) if fields else text

    def _page(self, text: str) -> str | None:
        """Return a usage text: what its first line is translated to has several lines, and is all of it."""
        first = text.strip("\n").partition("\n")[0]
        known = self._known(first) if first.strip() else None
        return f"\n{known}\n" if known is not None and "\n" in known else None

    def _line(self, line: str) -> str:
        words = line.strip()
        if not _has_words(words):
            return line
        start = line.index(words)
        return line[:start] + self._words(words) + line[start + len(words) :]

    def _words(self, words: str) -> str:
        known = self._known(words)
        if known is not None:
            return known
        label = _LABEL.fullmatch(words)
        name = self._known(label["words"]) if label else None
        if label and name is not None:
            rest = label["rest"] or ""
            value = self._known(rest) or rest.strip()
            room = pad(f"{name}{label['gap'][:1]}", len(label["words"]) + len(label["gap"]))
            return f"{room}:{rest.replace(rest.strip(), value)}"
        pieces = _SENTENCE_END.split(words)
        if len(pieces) > 1:
            return " ".join(self._words(piece.strip()) for piece in pieces if piece.strip())
        if self._strict:
            raise MissingSentenceError(f"{self.code}: {words}")
        return self._mark(words)

    def _known(self, words: str) -> str | None:
        plain = " ".join(words.split())
        found = sentences().get(plain, {}).get(self.code)
        if found is not None:
            return found
        for pattern, english in _patterns():
            match = pattern.fullmatch(plain)
            if match and self.code in sentences()[english]:
                return _filled(sentences()[english][self.code], match.groupdict())
        return None

    def _mark(self, words: str) -> str:
        """Return what stands for a sentence that is missing: its fields and a number, nothing in English."""
        return " ".join([f"[{self.code} {zlib.crc32(words.encode()):08x}]", *_FIELD.findall(words)])


ENGLISH = Language()


def _has_words(text: str) -> bool:
    return any(character.isalpha() for character in _DATA.sub("", text))


def width(text: str) -> int:
    """Return how many columns a text takes on the console: Japanese characters take two (Unicode annex 11)."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def pad(text: str, columns: int) -> str:
    """Fill a text with blanks to a number of columns; a longer one stays as it is."""
    return text + " " * (columns - width(text))
