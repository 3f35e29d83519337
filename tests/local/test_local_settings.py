"""Every process gets what it needs, and no secret that is none of its business."""

from __future__ import annotations

import base64
import hashlib
import re
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from deploy.local import broker_definitions, endpoints, ports, programs, settings
from deploy.local.names import SERVICES
from deploy.local.nodes import Nodes
from deploy.local.settings import Settings


def _settings(home: Path) -> Settings:
    return Settings(Nodes(home), ports.allocate(home, settings.PORT_NAMES))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings") / "home"


@pytest.fixture(scope="module")
def made(home: Path) -> Settings:
    return _settings(home)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_its_own_addresses(made: Settings, home: Path, service: str) -> None:
    env = made.service(service)
    assert re.fullmatch(rf"amqp://{service}:\w+@127\.0\.0\.1:\d+/cabinet", env["AMQP_URL"])
    assert re.fullmatch(rf"postgresql://{service}:\w+@127\.0\.0\.1:\d+/{service}", env["DATABASE_URL"])
    assert env["SERVICE_NAME"] == service
    assert Path(env["STATE_DIR"]).is_dir()
    assert env["CLOCK_FILE"] == str(home / "clock")


def test_ports_differ(made: Settings) -> None:
    health = {made.service(service)["HEALTH_PORT"] for service in SERVICES}
    assert len(health) == len(SERVICES)
    assert made.service("gateway")["HTTP_PORT"] not in health


def test_a_second_start_has_the_same_secrets(made: Settings, home: Path) -> None:
    again = _settings(home)
    assert [again.service(name) for name in SERVICES] == [made.service(name) for name in SERVICES]
    assert again.sandbox() == made.sandbox()


def test_secrets_are_the_owners_only(made: Settings, home: Path) -> None:
    made.service("identity")
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600


def test_only_identity_can_sign_tokens(made: Settings) -> None:
    having = [service for service in SERVICES if "TOKEN_PRIVATE_KEY" in made.service(service)]
    assert having == ["identity"]
    private = serialization.load_pem_private_key(made.service("identity")["TOKEN_PRIVATE_KEY"].encode(), None)
    public = serialization.load_pem_public_key(made.service("billing")["TOKEN_PUBLIC_KEY"].encode())
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(private.sign(b"text"), b"text")


def test_only_identity_and_notifications_can_unseal(made: Settings) -> None:
    keys = {service: made.service(service).get("SEAL_KEY") for service in SERVICES}
    assert {service for service, key in keys.items() if key} == {"identity", "notifications"}
    assert keys["identity"] == keys["notifications"]
    Fernet(keys["identity"] or "")


def test_the_sandbox_knows_the_passwords_that_the_services_use(made: Settings) -> None:
    sandbox, payments, notifications = made.sandbox(), made.service("payments"), made.service("notifications")
    for name in ("YOOKASSA_SHOP_ID", "YOOKASSA_SECRET_KEY", "ATOL_LOGIN", "ATOL_PASSWORD", "ATOL_GROUP"):
        assert sandbox[f"SANDBOX_{name}"] == payments[name]
    for name in ("SMS_LOGIN", "SMS_PASSWORD"):
        assert sandbox[f"SANDBOX_{name}"] == notifications[name]
    assert payments["YOOKASSA_API_URL"] == sandbox["SANDBOX_PUBLIC_URL"] + "/yookassa/v3"
    assert sandbox["SANDBOX_YOOKASSA_WEBHOOK_URL"].startswith(made.service("gateway")["PUBLIC_URL"])
    assert notifications["SMTP_URL"].endswith(":" + sandbox["SANDBOX_SMTP_PORT"])


def test_the_callers_environment_does_not_leak(made: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere.else")
    env = made.service("billing")
    assert "HTTP_PROXY" not in env
    assert "somewhere" not in env["DATABASE_URL"]


def test_the_whole_system_is_run(made: Settings) -> None:
    by_name = {program.name: program for program in programs.system(made)}
    assert set(by_name) == {*SERVICES, "sandbox"}
    assert list(by_name["billing"].argv)[1:] == ["-m", "chassis.run", "services.billing.service"]
    assert list(by_name["gateway"].argv)[1:] == ["-m", "chassis.run", "gateway.service"]
    assert list(by_name["sandbox"].argv)[1:] == ["-m", "sandbox"]


def test_endpoints_tell_a_head_end_all_it_needs(made: Settings, home: Path) -> None:
    head_end = endpoints.describe(Nodes(home), made)["amqp"]["head_end"]
    assert head_end["url"].endswith("/ami")
    assert head_end["user"] in head_end["url"]
    assert head_end["routing_key"] == "uralenergosbyt.hes-chel-1"


def test_endpoints_take_people_from_the_demo(made: Settings, home: Path) -> None:
    assert endpoints.describe(Nodes(home), made)["sign_in"] == []
    people = '{"sign_in": [{"role": "consumer", "login": "a@b.example", "password": "x"}]}'
    (home / "demo.json").write_text(people)
    assert endpoints.describe(Nodes(home), made)["sign_in"][0]["role"] == "consumer"


def test_the_brokers_hash_is_of_salt_and_password() -> None:
    raw = base64.b64decode(broker_definitions.password_hash("billing", "secret"))
    salt, digest = raw[:4], raw[4:]
    assert digest == hashlib.sha256(salt + b"secret").digest()
    assert broker_definitions.password_hash("payments", "secret") != base64.b64encode(raw).decode()


def test_the_broker_knows_no_guest() -> None:
    built = broker_definitions.build(dict.fromkeys(broker_definitions.USERS, "x"))
    assert "guest" not in {user["name"] for user in built["users"]}
    assert {row["vhost"] for row in built["permissions"] if row["user"] == "billing"} == {"cabinet"}
