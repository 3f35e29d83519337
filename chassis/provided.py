"""A service's own dependencies that are made once, at start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nameko.extensions import DependencyProvider


class Provided(DependencyProvider):
    """Made by a function of the container's configuration: ``profiles = Provided(load_profiles)``."""

    def __init__(self, factory: Callable[[dict[str, Any]], Any]) -> None:
        self._factory = factory

    def setup(self) -> None:
        """Make it."""
        self._made = self._factory(self.container.config)

    def get_dependency(self, worker_ctx: Any) -> Any:
        """What was made."""
        return self._made
