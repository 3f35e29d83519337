"""docker-compose.yml is sound, and its processes get what those of a local run get."""

from __future__ import annotations

import ast
import ipaddress
import json
import re
import runpy
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization

from chassis.configuration import Environment
from chassis.configure import container_config
from deploy.docker import load_demo, prepare
from deploy.docker.secret_names import AMQP_PASSWORDS, DATABASE_PASSWORDS, OWNER_PASSWORDS
from deploy.local import broker_definitions, databases, endpoints, ports, postgres, programs, settings
from deploy.local.names import SERVICES
from deploy.local.nodes import Nodes
from deploy.local.settings import Settings
from sandbox.settings import Settings as SandboxSettings
from services.notifications.configuration import notification_tools
from services.payments.configuration import payment_tools
from tests.deploy import compose_file
from tests.deploy.compose_file import PATH, ROOT, VARIABLE, Refused

#: Set by the image, or of no use in a container.
ONLY_LOCAL = {
    "PATH", "HOME", "TMPDIR", "LANG", "PYTHONUNBUFFERED",
    "STATE_DIR",  # nobody keeps anything outside the database; a container's files are read-only
}  # fmt: skip
#: Addresses to listen on (the local run's default is the loopback), what the health check asks, and what a
#: local run inherits from its caller only if it is set there.
ONLY_HERE = {
    "HEALTH_HOST", "READY_URL", "SANDBOX_HOST", "OTEL_ENABLED", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
}  # fmt: skip
NODES = {"rabbitmq", "postgres"}
ONE_SHOTS = {"definitions", "databases", "migrate", "topology", "head-end", "demo"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return compose_file.read(compose_file.secrets())


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("compose") / "home"
    return Settings(Nodes(home), ports.allocate(home, settings.PORT_NAMES))


@pytest.fixture(scope="module")
def environments(compose: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {name: service.get("environment", {}) for name, service in compose["services"].items()}


# --- the file ----------------------------------------------------------------------------------------------


def test_everything_is_there(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*SERVICES, "sandbox", *NODES, *ONE_SHOTS}


def test_what_is_referred_to_exists(compose: dict[str, Any]) -> None:
    services, images = compose["services"], set()
    for service in services.values():
        if "build" in service:
            images.add(service["image"])
            assert service["build"]["context"] == "."
    for name, service in services.items():
        if name in NODES:
            assert re.fullmatch(r"(rabbitmq:4\.\d+-management|postgres:17-\w+)", service["image"])
        else:
            # Ours are built here and never looked for anywhere else.
            assert service["image"] in images
            assert service["pull_policy"] == ("build" if "build" in service else "never")
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] in (
                "service_completed_successfully" if other in ONE_SHOTS else "service_healthy",
            )
            assert other in ONE_SHOTS or "healthcheck" in services[other]
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (ROOT / source).is_file() if source.startswith("./") else source in compose["volumes"]
        networks = service.get("networks")
        assert bool(networks) != ("network_mode" in service)
        assert set(networks or []) <= set(compose["networks"])


def test_nothing_waits_for_itself(compose: dict[str, Any]) -> None:
    left = {name: set(service.get("depends_on", {})) for name, service in compose["services"].items()}
    while ready := {name for name, waits_for in left.items() if not waits_for & left.keys()}:
        left = {name: waits_for for name, waits_for in left.items() if name not in ready}
    assert left == {}


def test_the_order(compose: dict[str, Any]) -> None:
    def before(name: str) -> set[str]:
        direct = set(compose["services"][name].get("depends_on", {}))
        return direct.union(*(before(other) for other in direct))

    for service in SERVICES:
        assert {"definitions", "rabbitmq", "topology", "postgres", "databases", "migrate"} <= before(service)
    # A container stops before those that it depends on, so the world outside is there to the last.
    assert "sandbox" in before("payments") & before("notifications")
    assert {*SERVICES, "sandbox"} <= before("demo")


def test_only_three_ports_are_published_and_only_on_loopback(compose: dict[str, Any]) -> None:
    published = {name: s["ports"] for name, s in compose["services"].items() if "ports" in s}
    assert published == {
        "gateway": ["127.0.0.1:8080:8080"],
        "sandbox": ["127.0.0.1:8090:8090"],
        "rabbitmq": ["127.0.0.1:15672:15672"],
    }


def test_ours_can_do_little_and_end_in_order(compose: dict[str, Any]) -> None:
    for name in compose["services"].keys() - NODES:
        service = compose["services"][name]
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert isinstance(service["command"], list), "exec form: the process itself gets SIGTERM"
        assert service["restart"] == ("no" if name in ONE_SHOTS else "unless-stopped")
    assert {s["stop_grace_period"] for s in compose["services"].values()} == {"30s"}


def test_no_volume_is_forgotten(compose: dict[str, Any]) -> None:
    mounted = {m.split(":")[0] for s in compose["services"].values() for m in s.get("volumes", [])}
    assert {source for source in mounted if not source.startswith("./")} == set(compose["volumes"])


@pytest.mark.parametrize("name", [name for name in compose_file.secrets() if name != "COMPOSE_PROFILES"])
def test_a_missing_secret_is_refused_with_the_way_out(name: str) -> None:
    with pytest.raises(Refused, match=f"^{name}: run sh deploy/docker/init.sh$"):
        compose_file.read({key: value for key, value in compose_file.secrets().items() if key != name})


def test_no_variable_is_nobodys() -> None:
    used = {match["name"]: match["kind"] for match in VARIABLE.finditer(PATH.read_text(encoding="utf-8"))}
    free = {
        "LOG_LEVEL", "OTEL_ENABLED", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "GATEWAY_PORT", "SANDBOX_PORT", "MANAGEMENT_PORT", "CABINET_NETWORK",
    }  # fmt: skip
    assert used.keys() - free == compose_file.secrets().keys() - {"COMPOSE_PROFILES"}


# --- what the processes get --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SERVICES, "sandbox"])
def test_a_process_gets_what_the_local_one_gets(
    name: str, local: Settings, environments: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("OTEL_ENABLED", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "CHECK_ANSWERS"):
        monkeypatch.delenv(variable, raising=False)
    theirs = local.sandbox() if name == "sandbox" else local.service(name)
    assert environments[name].keys() - ONLY_HERE == theirs.keys() - ONLY_LOCAL
    same = ("SERVICE_NAME", "ATOL_LOGIN", "ATOL_GROUP", "SMS_LOGIN", "MAIL_FROM", "SANDBOX_ATOL_LOGIN")
    assert {n: environments[name].get(n) for n in same} == {n: theirs.get(n) for n in same}
    for variable in environments[name].keys() & theirs.keys():
        if "://" in theirs[variable]:
            assert _shape(environments[name][variable]) == _shape(theirs[variable]), variable


def _shape(url: str) -> tuple[str, str | None, str]:
    """What of an address doesn't depend on where things are."""
    parts = urlsplit(url)
    return parts.scheme, parts.username, parts.path


@pytest.mark.parametrize("name", SERVICES)
def test_a_command_is_the_local_one(name: str, local: Settings, compose: dict[str, Any]) -> None:
    command = next(list(program.argv) for program in programs.system(local) if program.name == name)
    assert compose["services"][name]["command"] == ["python", *command[1:]]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_accepts_its_environment(name: str, environments: dict[str, dict[str, str]]) -> None:
    environment = environments[name] | {"PROVIDERS_DIR": str(ROOT / "providers")}
    config = container_config(Environment(environment), with_database=name != "gateway")
    config["env"].check()
    if name == "payments":
        payment_tools(config)
    if name == "notifications":
        notification_tools(config)
    for folder in (ROOT / "gateway" if name == "gateway" else ROOT / "services" / name, ROOT / "chassis"):
        assert _required(folder) - {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "HTTP_PORT"} <= environment.keys()


@cache
def _required(folder: Path) -> set[str]:
    """The variables that code asks an Environment for without a default."""
    return {
        node.args[0].value
        for path in folder.rglob("*.py")
        # Commands of operators have an environment of their own.
        if "argparse" not in path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("text", "integer", "number")
        and len(node.args) == 1
        and not node.keywords
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and node.args[0].value.isupper()
    }


def test_they_can_be_reached(environments: dict[str, dict[str, str]]) -> None:
    for name in SERVICES:
        assert environments[name]["HEALTH_HOST"] == "0.0.0.0"
    gateway, sandbox = environments["gateway"], environments["sandbox"]
    assert (gateway["HTTP_HOST"], gateway["HTTP_PORT"]) == ("0.0.0.0", "8080")
    assert SandboxSettings.from_environment(sandbox).host == "0.0.0.0"
    assert environments["notifications"]["SMTP_URL"] == f"smtp://sandbox:{sandbox['SANDBOX_SMTP_PORT']}"
    api = f"http://sandbox:{sandbox['SANDBOX_HTTP_PORT']}/"
    for url in (environments["payments"]["YOOKASSA_API_URL"], environments["payments"]["ATOL_API_URL"]):
        assert url.startswith(api)
    assert environments["notifications"]["SMS_API_URL"].startswith(api)
    assert sandbox["SANDBOX_YOOKASSA_WEBHOOK_URL"].startswith(f"http://gateway:{gateway['HTTP_PORT']}/")


def test_a_payment_notification_is_believed_from_the_sandbox_alone(compose: dict[str, Any]) -> None:
    services = compose["services"]
    address = services["sandbox"]["networks"]["cabinet"]["ipv4_address"]
    network = services["payments"]["environment"]["YOOKASSA_WEBHOOK_NETWORKS"]
    assert network == f"{address}/32"
    config = compose["networks"]["cabinet"]["ipam"]["config"][0]
    assert ipaddress.ip_address(address) in ipaddress.ip_network(config["subnet"])
    assert ipaddress.ip_address(address) not in ipaddress.ip_network(config["ip_range"])


def test_a_secret_is_with_nobody_who_does_not_need_it(compose: dict[str, Any]) -> None:
    text = {name: json.dumps(service) for name, service in compose["services"].items()}
    secrets = compose_file.secrets()

    def having(variable: str) -> set[str]:
        value = json.dumps(secrets[variable])[1:-1]
        return {name for name, content in text.items() if value in content}

    assert having("TOKEN_PRIVATE_KEY") == {"identity"}
    assert having("SEAL_KEY") == {"identity", "notifications"}
    assert having("DATABASE_PASSWORD_SUPERUSER") == {"postgres", "databases"}
    assert having("AMQP_PASSWORD_ADMIN") == {"definitions", "head-end"}
    assert having("AMQP_PASSWORD_TOPOLOGY") == {"definitions", "topology"}
    assert having("AMQP_PASSWORD_OPERATOR") == {"definitions"}
    assert having("YOOKASSA_SECRET_KEY") == {"payments", "sandbox"}
    for service in SERVICES:
        may = {service, "databases"} | {"identity": {"demo"}, "metering": {"head-end"}}.get(service, set())
        assert having(DATABASE_PASSWORDS[service]) <= may
        assert having(OWNER_PASSWORDS[service]) <= {"databases", "migrate"}
        assert having(AMQP_PASSWORDS[service]) == {service, "definitions"}


def test_the_keys_work(environments: dict[str, dict[str, str]]) -> None:
    private = Environment(environments["identity"]).text("TOKEN_PRIVATE_KEY").encode()
    public = Environment(environments["billing"]).text("TOKEN_PUBLIC_KEY").encode()
    signature = serialization.load_pem_private_key(private, None).sign(b"text")
    serialization.load_pem_public_key(public).verify(signature, b"text")
    Fernet(environments["identity"]["SEAL_KEY"])


def test_migrations_are_those_of_the_local_run(
    local: Settings, environments: dict[str, dict[str, str]]
) -> None:
    urls = {name: urlsplit(url) for name, url in json.loads(environments["migrate"]["MIGRATE_URLS"]).items()}
    assert set(urls) == set(local.migrations())
    for name, url in urls.items():
        service = urlsplit(environments[name]["DATABASE_URL"])
        assert (url.hostname, url.path) == (service.hostname, service.path)
        # As the owner of the tables, which the service is not.
        assert url.username == databases.owner(name) != service.username
        assert url.password == compose_file.secrets()[OWNER_PASSWORDS[name]] != service.password


# --- the nodes ---------------------------------------------------------------------------------------------


def test_the_broker_gets_the_definitions_of_the_local_run(
    compose: dict[str, Any],
    environments: dict[str, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, value in environments["definitions"].items():
        monkeypatch.setenv(name, value)
    assert prepare.main(["broker", str(tmp_path)]) == 0
    passwords = {user: compose_file.secrets()[name] for user, name in AMQP_PASSWORDS.items()}
    written = tmp_path / "definitions.json"
    assert json.loads(written.read_text()) == broker_definitions.build(passwords)
    assert written.stat().st_mode & 0o044 == 0o044, "RabbitMQ's user reads it"
    for name in SERVICES:
        assert urlsplit(environments[name]["AMQP_URL"]).password == passwords[name]
    # Where it is written is where RabbitMQ looks.
    services = compose["services"]
    volume, folder = services["definitions"]["volumes"][0].split(":")
    assert services["definitions"]["command"][-1] == folder
    where = next(m.split(":")[1] for m in services["rabbitmq"]["volumes"] if m.startswith(f"{volume}:"))
    conf = (ROOT / "deploy/rabbitmq/20-cabinet.conf").read_text()
    assert f"load_definitions = {where}/definitions.json\n" in conf


def test_every_service_gets_its_database(
    environments: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(prepare.databases, "create", lambda *given: asked.append(given))
    for name, value in environments["databases"].items():
        monkeypatch.setenv(name, value)
    assert prepare.main(["databases"]) == 0
    [(url, services, passwords)] = asked
    superuser = environments["postgres"]["POSTGRES_PASSWORD"]
    assert url == f"postgresql://postgres:{superuser}@postgres:5432/postgres"
    urls = {name: urlsplit(environments[name]["DATABASE_URL"]) for name in SERVICES}
    assert services == list(SERVICES)
    assert {name: passwords.pop(name) for name in SERVICES} == {
        name: url.password for name, url in urls.items()
    }
    owners = {databases.owner(name): compose_file.secrets()[OWNER_PASSWORDS[name]] for name in SERVICES}
    assert passwords == owners


def test_the_database_has_the_settings_of_the_local_run() -> None:
    conf = (ROOT / "deploy/postgres/postgresql.conf").read_text()
    here = dict(re.findall(r"^(\w+) = '(.*)'$", conf, re.MULTILINE))
    assert here.pop("listen_addresses") == "*"
    only_local = {"listen_addresses", "unix_socket_directories"}
    assert here == {name: value for name, value in postgres.SETTINGS.items() if name not in only_local}


# --- health checks and the demo ----------------------------------------------------------------------------


def test_the_health_check_asks_and_fails(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, float]] = []

    class Opener:
        def open(self, url: str, timeout: float) -> None:
            asked.append((url, timeout))

    monkeypatch.setattr(urllib.request, "build_opener", lambda *handlers: Opener())
    for name in (*SERVICES, "sandbox"):
        service = compose["services"][name]
        kind, program, option, code = service["healthcheck"]["test"]
        assert (kind, program, option) == ("CMD", "python", "-c")
        monkeypatch.setenv("READY_URL", service["environment"]["READY_URL"])
        script = tmp_path / "check.py"
        script.write_text(code)
        runpy.run_path(str(script))
    assert asked[:-1] == [("http://127.0.0.1:8081/health/ready", 3)] * len(SERVICES)
    assert asked[-1] == ("http://127.0.0.1:8090/health", 3)


def test_the_demo_finds_everything(
    compose: dict[str, Any],
    environments: dict[str, dict[str, str]],
    local: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environments["demo"].items():
        monkeypatch.setenv(name, value)
    found, full = load_demo.endpoints(), endpoints.describe(local._nodes, local)
    head_end = found["amqp"]["head_end"]
    assert {name: full["amqp"]["head_end"][name] for name in head_end if name != "url"} == {
        name: value for name, value in head_end.items() if name != "url"
    }
    assert _shape(head_end["url"]) == _shape(full["amqp"]["head_end"]["url"])
    assert urlsplit(head_end["url"]).password == compose_file.secrets()[AMQP_PASSWORDS["hes-chel-1"]]
    assert found["clock_file"] == environments["billing"]["CLOCK_FILE"]
    assert environments["demo"]["IDENTITY_DATABASE_URL"] == environments["identity"]["DATABASE_URL"]
    # The address of a payment's page, made for a browser, works here too.
    assert compose["services"]["demo"]["network_mode"] == "service:sandbox"
    assert found["sandbox"]["url"] == environments["sandbox"]["SANDBOX_PUBLIC_URL"]


def test_the_demo_is_loaded_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environments: dict[str, dict[str, str]]
) -> None:
    from demo import load

    for name, value in environments["demo"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENDPOINTS_FILE", str(tmp_path / "endpoints.json"))
    monkeypatch.setenv("DEMO_FILE", str(tmp_path / "demo.json"))
    loads: list[int] = []

    def loading() -> int:
        loads.append(1)
        (tmp_path / "demo.json").write_text(
            json.dumps({"sign_in": [{"role": "customer", "login": "l", "password": "p"}]})
        )
        return 0

    monkeypatch.setattr(load, "main", loading)
    assert [load_demo.main(), load_demo.main()] == [0, 0]
    assert loads == [1]
