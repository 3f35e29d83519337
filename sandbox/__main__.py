"""`python -m sandbox`: read the settings from the environment, serve until SIGTERM or SIGINT."""

import asyncio
import os
import sys

from sandbox.server import serve
from sandbox.settings import Settings, SettingsError


def main() -> int:
    """Run the sandbox; the exit status is 0 after a signal, 2 for wrong settings, 1 when a port is taken."""
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    try:
        asyncio.run(serve(settings))
    except OSError as error:
        print(f"sandbox: cannot listen: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
