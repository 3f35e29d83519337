"""Makes the secrets that docker-compose.yml asks for: ``python -m deploy.docker.make_env [FILE]``.

Writes .env next to docker-compose.yml, readable for its owner only. What stands in the file stays as it is;
only what is missing is added, so a later version's new secrets come without new passwords for old data. ``-``
reads the old file from standard input and writes the new one to standard output: init.sh does that, where
there is no Python.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.docker.secret_names import AMQP_PASSWORDS, DATABASE_PASSWORDS, OWNER_PASSWORDS, SUPERUSER_PASSWORD
from deploy.local.files import write_private
from deploy.local.names import ROOT
from deploy.local.secret_store import SecretStore, password
from deploy.local.settings import fernet_key, token_keys

_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$")
#: The names under which deploy.local.settings asks for the token's keys.
_STORED_AS = {"token.private_key": "TOKEN_PRIVATE_KEY", "token.public_key": "TOKEN_PUBLIC_KEY"}
_HEADER = "# Made by deploy/docker/init.sh. Secrets: never commit this file.\n"


class _EnvStore(SecretStore):
    """The variables of a .env file, as the store that deploy.local.settings takes secrets from."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def get(self, name: str, make: Callable[[], str] = password) -> str:
        """The variable; made when first asked for."""
        variable = _STORED_AS.get(name, name)
        if variable not in self._values:
            self._values[variable] = make()
        return self._values[variable]


def variables(known: Mapping[str, str]) -> dict[str, str]:
    """Every variable of the file; those in `known` keep their value."""
    store = _EnvStore({name: value for name, value in known.items() if value and _good(name, known)})
    private, public = token_keys(store)
    passwords = [
        *AMQP_PASSWORDS.values(), *DATABASE_PASSWORDS.values(), *OWNER_PASSWORDS.values(), SUPERUSER_PASSWORD
    ]  # fmt: skip
    return {
        # The demo's loader runs unless this line is emptied.
        "COMPOSE_PROFILES": known.get("COMPOSE_PROFILES", "demo"),
        **{name: store.get(name) for name in passwords},
        "TOKEN_PRIVATE_KEY": private,
        "TOKEN_PUBLIC_KEY": public,
        "SERVICE_KEY": store.get("SERVICE_KEY"),
        "SEAL_KEY": store.get("SEAL_KEY", fernet_key),
        "YOOKASSA_SHOP_ID": store.get("YOOKASSA_SHOP_ID", _shop_id),
        "YOOKASSA_SECRET_KEY": store.get("YOOKASSA_SECRET_KEY", lambda: f"test_{password()}"),
        "ATOL_PASSWORD": store.get("ATOL_PASSWORD"),
        "SMS_PASSWORD": store.get("SMS_PASSWORD"),
    }


def parse(text: str) -> dict[str, str]:
    """The variables of a file as this program writes it; a person may have added plain lines."""
    found = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            name, value = match[1], match[2].strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
                value = value[1:-1]
            found[name] = value.replace("\\n", "\n")
    return found


def complete(text: str) -> str:
    """The text of the file with what is missing added at its end."""
    known = parse(text)
    added = [
        f"{name}={_quoted(value)}\n" for name, value in variables(known).items() if known.get(name) != value
    ]
    if text and not text.endswith("\n"):
        text += "\n"
    return (text or _HEADER) + "".join(added)


def _good(name: str, known: Mapping[str, str]) -> bool:
    # A public key is of no use beside a new private one.
    return name != "TOKEN_PUBLIC_KEY" or bool(known.get("TOKEN_PRIVATE_KEY"))


def _shop_id() -> str:
    return str(secrets.randbelow(900_000) + 100_000)


def _quoted(value: str) -> str:
    # In single quotes Compose takes a value literally. chassis.configuration turns a key's \n back.
    return "'" + value.replace("\n", "\\n") + "'"


def main(arguments: list[str]) -> int:
    """Command line."""
    if len(arguments) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments == ["-"]:
        sys.stdout.write(complete(sys.stdin.read()))
        return 0
    path = Path(arguments[0]) if arguments else ROOT / ".env"
    write_private(path, complete(path.read_text(encoding="utf-8") if path.exists() else ""))
    print(f"{path.name} is complete")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
