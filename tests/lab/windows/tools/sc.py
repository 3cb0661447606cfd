# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sc.exe and net.exe as far as they control services. sc's exit code is the Win32 error."""

from __future__ import annotations

from collections.abc import Callable

from ...winrm.interface import ProcessResult
from ..language import Language
from ..programs import ProgramContext, console_bytes
from ..services import (
    AUTOMATIC,
    ERROR_INVALID_PARAMETER,
    KERNEL_DRIVER,
    OWN_PROCESS,
    SHARE_PROCESS,
    Service,
    ServiceError,
    Services,
)

MESSAGES = {
    87: "The parameter is incorrect.",
    1051: "A stop control has been sent to a service that other running services are dependent on.",
    1052: "The requested control is not valid for this service.",
    1056: "An instance of the service is already running.",
    1058: (
        "The service cannot be started, either because it is disabled or because it has no enabled devices "
        "associated with it."
    ),
    1059: "Circular service dependency was specified.",
    1060: "The specified service does not exist as an installed service.",
    1062: "The service has not been started.",
    1068: "The dependency service or group failed to start.",
    1075: "The dependency service does not exist or has been marked for deletion.",
}
TEXTS = {
    "failed": "[SC] {call} FAILED {code}:\n\n{message}\n\n",
    "state": (
        "\nSERVICE_NAME: {name} \n"
        "        TYPE               : {type}  \n"
        "        STATE              : {state}\n"
        "        WIN32_EXIT_CODE    : {code}  (0x{code:x})\n"
        "        SERVICE_EXIT_CODE  : 0  (0x0)\n"
        "        CHECKPOINT         : 0x0\n"
        "        WAIT_HINT          : 0x0\n"
    ),
    "configuration": (
        "SERVICE_NAME: {name}\n"
        "        TYPE               : {type}\n"
        "        START_TYPE         : {start}\n"
        "        ERROR_CONTROL      : {control}\n"
        "        BINARY_PATH_NAME   : {path}\n"
        "        LOAD_ORDER_GROUP   : \n"
        "        TAG                : 0\n"
        "        DISPLAY_NAME       : {display_name}\n"
        "        DEPENDENCIES       : {dependencies}\n"
        "        SERVICE_START_NAME : {account}\n"
    ),
    "config": "[SC] ChangeServiceConfig SUCCESS\n",
    "qc": "[SC] QueryServiceConfig SUCCESS\n",
    "dependents": "Enum: entriesRead  = {count}\n",
    "usage": (
        "DESCRIPTION:\n        SC is a command line program used for communicating with the\n"
        "        Service Control Manager and services.\nUSAGE:\n"
        "        sc [command] [service name] <option1> <option2>...\n"
    ),
    "net_started": "The {name} service is starting.\nThe {name} service was started successfully.\n\n",
    "net_stopped": "The {name} service is stopping.\nThe {name} service was stopped successfully.\n\n",
    "net_failed": "{message}\n\nMore help is available by typing NET HELPMSG {number}.\n\n",
    "net_usage": "The syntax of this command is:\n\nNET [ START | STOP ] [service]\n",
}
_TYPES = {
    KERNEL_DRIVER: "1  KERNEL_DRIVER",
    OWN_PROCESS: "10  WIN32_OWN_PROCESS",
    SHARE_PROCESS: "20  WIN32_SHARE_PROCESS",
}
_ERROR_CONTROL = "1   NORMAL"
_START_TYPES = ("0   BOOT_START", "1   SYSTEM_START", "2   AUTO_START", "3   DEMAND_START", "4   DISABLED")
_START_WORDS = {"boot": 0, "system": 1, "auto": 2, "delayed-auto": 2, "demand": 3, "disabled": 4}
_NEXT_DEPENDENCY = "\n                           : "
"""``sc qc`` names one in a line."""
_USAGE_EXIT_CODE = 1639
"""ERROR_INVALID_COMMAND_LINE."""
_NET_NUMBERS = {1056: 2182, 1060: 2185, 1062: 3521, 1052: 2191}
"""The others show their own number."""
_NET_MESSAGES = {
    1051: "A stop control has been sent to a service that other running services are dependent on.",
    2182: "The requested service has already been started.",
    2185: "The service name is invalid.",
    3521: "The {name} service is not started.",
    2191: "The service could not be controlled in its present state.",
}


class Sc:
    """sc.exe, bound to one server's services."""

    def __init__(self, services: Services) -> None:
        """Bind the program."""
        self._services = services
        self._verbs: dict[str, tuple[str, Callable[[list[str], Language], str]]] = {
            "query": ("EnumQueryServicesStatus:OpenService", self._query),
            "queryex": ("EnumQueryServicesStatus:OpenService", self._query),
            "qc": ("OpenService", self._qc),
            "config": ("OpenService", self._config),
            "enumdepend": ("EnumDependentServices", self._dependents),
            "start": ("StartService", self._start),
            "stop": ("ControlService", self._stop),
        }

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run one command."""
        language = context.language
        verb, action = self._verbs.get(argv[0].lower() if argv else "", ("", None))
        if action is None:
            return ProcessResult(
                console_bytes(language(TEXTS["usage"]), context.code_page), b"", 0 if not argv else 1639
            )
        try:
            printed = action(argv[1:], language)
        except ServiceError as error:
            text = language(TEXTS["failed"], call=verb, code=error.code, message=language(MESSAGES[error.code]))
            return ProcessResult(console_bytes(text, context.code_page), b"", error.code)
        except ValueError:
            return ProcessResult(console_bytes(language(TEXTS["usage"]), context.code_page), b"", _USAGE_EXIT_CODE)
        return ProcessResult(console_bytes(printed, context.code_page))

    def _query(self, words: list[str], language: Language) -> str:
        names = [word for word in words if "=" not in word]
        if names and not any(word.endswith("=") for word in words):
            return _state(self._services.get(names[0]), language)
        return "".join(
            _state(item, language) for item in self._services.all() if item.is_running and not item.is_driver
        )

    def _qc(self, words: list[str], language: Language) -> str:
        if not words:
            raise ValueError
        service = self._services.get(words[0])
        return language(
            f"{TEXTS['qc']}\n{TEXTS['configuration']}",
            name=service.name,
            type=_TYPES[service.kind],
            start=_START_TYPES[service.start],
            control=_ERROR_CONTROL,
            path=service.path,
            display_name=service.display_name,
            account=service.account,
            dependencies=_NEXT_DEPENDENCY.join(
                (*service.depends_on, *(f"+{item}" for item in service.depends_on_groups))
            ),
        )

    def _config(self, words: list[str], language: Language) -> str:
        """``start= auto depend= A/B``: the blank after the sign makes two words, which belong together."""
        options = dict(zip(words[1::2], words[2::2], strict=False))
        if len(words) < 3 or len(words) % 2 == 0 or not {item.lower() for item in options} <= {"start=", "depend="}:
            raise ValueError
        given = {name.lower().rstrip("="): value for name, value in options.items()}
        start = _START_WORDS.get(given.get("start", "demand").lower())
        if start is None:
            raise ValueError
        service = self._services.get(words[0])
        if start < AUTOMATIC and not service.is_driver:
            raise ServiceError(ERROR_INVALID_PARAMETER)  # Microsoft: ChangeServiceConfig, dwStartType
        if "depend" in given:
            self._services.set_dependencies(service.name, *_dependencies(given["depend"]))
        if "start" in given:
            self._services.set_start(service.name, start)
        return language(TEXTS["config"])

    def _dependents(self, words: list[str], language: Language) -> str:
        if not words:
            raise ValueError
        found = self._services.dependents(words[0])
        return language(TEXTS["dependents"], count=len(found)) + "".join(_state(item, language) for item in found)

    def _start(self, words: list[str], language: Language) -> str:
        if not words:
            raise ValueError
        self._services.start(words[0])
        return _state(self._services.get(words[0]), language)

    def _stop(self, words: list[str], language: Language) -> str:
        if not words:
            raise ValueError
        self._services.stop(words[0])
        return _state(self._services.get(words[0]), language)


def _dependencies(text: str) -> tuple[list[str], list[str]]:
    """Read ``A/B/+Group``; a lone slash or nothing means none (sc's own help: names separated by /)."""
    names = [item for item in text.split("/") if item]
    return [item for item in names if item[0] != "+"], [item[1:] for item in names if item[0] == "+"]


def _state(service: Service, language: Language) -> str:
    accepted = "STOPPABLE" if service.can_stop else "NOT_STOPPABLE"
    controls = f"                                ({accepted}, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)"
    return language(
        TEXTS["state"],
        name=service.name,
        type=_TYPES[service.kind],
        state=f"4  RUNNING \n{controls}" if service.is_running else "1  STOPPED ",
        code=0 if service.is_running else service.win32_exit_code,
    )


class Net:
    """net.exe start and stop; the exit code is 2 for every failure."""

    def __init__(self, services: Services) -> None:
        """Bind the program."""
        self._services = services

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Start or stop one service, named by its key or its display name."""
        language = context.language
        verb = argv[0].lower() if argv else ""
        if verb not in ("start", "stop") or len(argv) < 2:
            return ProcessResult(b"", console_bytes(language(TEXTS["net_usage"]), context.code_page), 1)
        shown_names = {item.name: item.display_name for item in self._services.all()}
        name = next((name for name, shown in shown_names.items() if shown.lower() == argv[1].lower()), argv[1])
        try:
            (self._services.start if verb == "start" else self._services.stop)(name)
            text = TEXTS["net_started" if verb == "start" else "net_stopped"]
            printed = language(text, name=shown_names[self._services.get(name).name])
            return ProcessResult(console_bytes(printed, context.code_page))
        except ServiceError as error:
            number = _NET_NUMBERS.get(error.code, error.code)
            shown = next((shown for key, shown in shown_names.items() if key.lower() == name.lower()), name)
            message = language(_NET_MESSAGES.get(number, MESSAGES.get(number, "")), name=shown)
            printed = language(TEXTS["net_failed"], message=message, number=number)
            return ProcessResult(b"", console_bytes(printed, context.code_page), 2)
