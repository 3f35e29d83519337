"""Everything that is configured, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address


class SettingsError(Exception):
    """One message that names every variable that is missing or wrong."""


_TEXTS = (
    "SANDBOX_YOOKASSA_SHOP_ID",
    "SANDBOX_YOOKASSA_SECRET_KEY",
    "SANDBOX_ATOL_LOGIN",
    "SANDBOX_ATOL_PASSWORD",
    "SANDBOX_ATOL_GROUP",
    "SANDBOX_SMS_LOGIN",
    "SANDBOX_SMS_PASSWORD",
)
_PORTS = ("SANDBOX_HTTP_PORT", "SANDBOX_SMTP_PORT")
# Moments that the real companies choose themselves: an hour to pay, seven days to capture.
_SECONDS = {
    "SANDBOX_ATOL_WAIT_SECONDS": "0.3",
    "SANDBOX_YOOKASSA_CONFIRMATION_SECONDS": "3600",
    "SANDBOX_YOOKASSA_CAPTURE_SECONDS": "604800",
}


@dataclass(frozen=True)
class Settings:
    """The settings of one process; `webhook_url` is None when no webhooks are wanted."""

    host: str
    http_port: int
    smtp_port: int
    public_url: str
    shop_id: str
    secret_key: str
    webhook_url: str | None
    confirmation_seconds: float
    capture_seconds: float
    atol_login: str
    atol_password: str
    atol_group: str
    atol_wait_seconds: float
    sms_login: str
    sms_password: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check all variables; raise SettingsError with all problems at once."""
        problems = [f"{name} is not set" for name in (*_PORTS, *_TEXTS) if not environment.get(name)]
        ports = {name: _port(environment.get(name, ""), name, problems) for name in _PORTS}
        seconds = {
            name: _seconds(environment.get(name) or default, name, problems)
            for name, default in _SECONDS.items()
        }
        host = _host(environment.get("SANDBOX_HOST") or "127.0.0.1", problems)
        if problems:
            raise SettingsError("; ".join(problems))
        http_port = ports["SANDBOX_HTTP_PORT"]
        public_url = environment.get("SANDBOX_PUBLIC_URL") or f"http://127.0.0.1:{http_port}"
        return cls(
            host=host,
            http_port=http_port,
            smtp_port=ports["SANDBOX_SMTP_PORT"],
            public_url=public_url.rstrip("/"),
            shop_id=environment["SANDBOX_YOOKASSA_SHOP_ID"],
            secret_key=environment["SANDBOX_YOOKASSA_SECRET_KEY"],
            webhook_url=environment.get("SANDBOX_YOOKASSA_WEBHOOK_URL") or None,
            confirmation_seconds=seconds["SANDBOX_YOOKASSA_CONFIRMATION_SECONDS"],
            capture_seconds=seconds["SANDBOX_YOOKASSA_CAPTURE_SECONDS"],
            atol_login=environment["SANDBOX_ATOL_LOGIN"],
            atol_password=environment["SANDBOX_ATOL_PASSWORD"],
            atol_group=environment["SANDBOX_ATOL_GROUP"],
            atol_wait_seconds=seconds["SANDBOX_ATOL_WAIT_SECONDS"],
            sms_login=environment["SANDBOX_SMS_LOGIN"],
            sms_password=environment["SANDBOX_SMS_PASSWORD"],
        )


def _host(text: str, problems: list[str]) -> str:
    try:
        IPv4Address(text)
    except AddressValueError:
        problems.append(f"SANDBOX_HOST is not an IPv4 address: {text!r}")
    return text


def _port(text: str, name: str, problems: list[str]) -> int:
    if not text:
        return 0  # its absence is reported already
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    problems.append(f"{name} is not a port number: {text!r}")
    return 0


def _seconds(text: str, name: str, problems: list[str]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 10**8:
        problems.append(f"{name} is not a number of seconds: {text!r}")
    return value
