"""Proofs of each kind, what is told of a wrong one, spraying (ID-6, drills 17 and 19)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import eventlet
import pytest
import structlog
from prometheus_client import REGISTRY

from chassis.context import current
from contracts.errors import CabinetError
from contracts.identifiers import account_id
from services.identity.domain.limits import LIMITS
from tests.identity.world import KYIV, SVERDLOV, URAL, World, new_number
from tests.support_code.faults import faults_of
from tests.support_code.statements import noted
from tests.support_code.tokens import Tokens

THRESHOLD = LIMITS["missed_provider"][0][0]


def statements(world: World, act: Any) -> list[str]:
    """The statements that it takes, in order."""
    with noted() as seen:
        act()
    return seen


def spray(world: World, provider: str, count: int) -> list[str]:
    """Wrong proofs for so many accounts, each by somebody else from somewhere else; the codes of the answers."""
    codes = []
    for index in range(count):
        token = world.keys.person()
        client = f"10.{index // 250}.{index % 250}.1"
        try:
            world.ask(
                "link_account", token, client=client, provider=provider, number=new_number(), proof="wrong"
            )
        except CabinetError as error:
            codes.append(error.code)
    return codes


@pytest.mark.parametrize("amount", ["1250,50", "1250.5", "1 250,50"])
def test_id6_the_amount_of_the_last_payment_opens_an_account_in_full(world: World, amount: str) -> None:
    token = world.person()["access_token"]
    number = "АВ" + new_number() + "123"  # Cyrillic letters, as some keyboards give them
    tidy = "AB" + number[2:]
    world.billing.payments[(KYIV, tidy)] = Decimal("1250.50")
    answer = world.ask("link_account", token, provider=KYIV, number=number, proof={"amount": amount})
    assert (answer["account"], answer["number"], answer["state"]) == (account_id(KYIV, tidy), tidy, "linked")
    wrong = world.refused("link_account", token, provider=KYIV, number=number, proof={"amount": "1250.51"})
    assert wrong.code == "proof_wrong"


def test_id6_an_address_opens_what_is_owed_only(world: World) -> None:
    token = world.person()["access_token"]
    answer = world.ask("link_account", token, **world.weakly_linkable())
    assert (answer["state"], answer["scopes"]) == ("limited", ["amounts", "pay"])
    [linked] = world.announced("account_linked")
    assert linked["scopes"] == ["amounts", "pay"]
    [shown] = world.ask("accounts", token)["accounts"]
    assert (shown["state"], shown["scopes"]) == ("limited", ["amounts", "pay"])


@pytest.mark.parametrize(
    ("provider", "proof"),
    [
        (URAL, {"amount": "1"}),
        (URAL, {}),
        (SVERDLOV, "12"),
        (SVERDLOV, {"flat": "5"}),
        (KYIV, {"amount": "x"}),
    ],
)
def test_id6_another_kind_of_proof_is_told_apart_and_nobody_is_asked(
    world: World, provider: str, proof: Any
) -> None:
    number = new_number() + ("12345" if provider == KYIV else "")
    refusal = world.refused(
        "link_account", world.person()["access_token"], provider=provider, number=number, proof=proof
    )
    assert refusal.code == "proof_incomplete" and set(refusal.fields) == {"proof"}
    assert world.metering.asked == 0 and world.billing.asked == []


@pytest.mark.parametrize("proof", [None, 5, ["1"], {"colour": "red"}, {"serial": 5}, "", "x" * 65])
def test_id6_a_proof_of_no_form_is_a_fault_of_the_request(world: World, proof: Any) -> None:
    refusal = world.refused(
        "link_account", world.person()["access_token"], provider=URAL, number=new_number(), proof=proof
    )
    assert refusal.code == "validation_failed" and faults_of(refusal) == ["/proof"]


@pytest.mark.parametrize("provider", [URAL, SVERDLOV, KYIV])
def test_drill17_an_unknown_number_and_a_wrong_proof_are_the_same_bytes_and_the_same_work(
    world: World, provider: str
) -> None:
    proofs = {
        URAL: {"serial": "wrong"},
        SVERDLOV: {"house": "99"},
        KYIV: {"amount": "99"},
    }
    tail = "12345" if provider == KYIV else ""
    known = new_number() + tail
    world.metering.serials[(provider, known)] = "115268446"
    world.billing.payments[(provider, known)] = Decimal(1)
    world.billing.places[(provider, known)] = ("12", "", "", "")
    seen = []
    for number in (known, new_number() + tail):
        errors: list[CabinetError] = []
        token = world.person()["access_token"]

        def attempt(token: str = token, number: str = number, into: list[CabinetError] = errors) -> None:
            into.append(
                world.refused("link_account", token, provider=provider, number=number, proof=proofs[provider])
            )

        ran = statements(world, attempt)
        seen.append((ran, [(error.code, error.detail, error.fields) for error in errors]))
    assert seen[0] == seen[1]
    assert seen[0][1][0][0] == "proof_wrong" and len(seen[0][0]) > 2


def test_id6_wrong_proofs_are_limited_for_a_callers_address_over_all_people(world: World) -> None:
    most = LIMITS["link_client"][0][0]
    request = {"provider": URAL, "proof": "wrong"}
    for _ in range(most):
        token = world.keys.person()
        with pytest.raises(CabinetError, match="proof_wrong"):
            world.ask("link_account", token, client="10.0.0.1", number=new_number(), **request)
    for client, code in (("10.0.0.1", "too_many_requests"), ("10.0.0.2", "proof_wrong")):
        with pytest.raises(CabinetError, match=code):
            world.ask("link_account", world.keys.person(), client=client, number=new_number(), **request)


def test_drill19_spraying_pauses_linking_for_that_provider_and_the_pause_ends_by_itself(world: World) -> None:
    def pauses() -> float:
        return REGISTRY.get_sample_value("linking_pauses_total", {"provider": URAL}) or 0.0

    before, honest = pauses(), world.person()["access_token"]
    with structlog.testing.capture_logs() as logs:
        assert set(spray(world, URAL, THRESHOLD)) == {"proof_wrong"}
        asked = world.metering.asked
        assert set(spray(world, URAL, 3)) == {"linking_paused"}
    assert world.metering.asked == asked
    assert [line["provider"] for line in logs if line["event"] == "linking_paused"] == [URAL]
    assert pauses() == before + 1
    refusal = world.refused("link_account", honest, **world.linkable())
    assert (refusal.code, refusal.status, refusal.fields) == ("linking_paused", 503, {"retry_after": 600})
    # Others are not held up, and it ends without anyone's doing.
    assert world.ask("link_account", honest, **world.weakly_linkable())["state"] == "limited"
    world.later(minutes=10)
    assert world.ask("link_account", honest, **world.linkable())["state"] == "linked"
    assert spray(world, URAL, 1) == ["proof_wrong"]


def test_drill19_one_account_tried_again_and_again_counts_once(world: World) -> None:
    again = {"provider": URAL, "number": new_number(), "proof": "wrong"}

    def attempt() -> str:
        with pytest.raises(CabinetError) as caught:
            world.ask("link_account", world.keys.person(), **again)
        return caught.value.code

    assert attempt() == "proof_wrong"
    assert set(spray(world, URAL, THRESHOLD - 2)) == {"proof_wrong"}
    assert {attempt() for _ in range(5)} == {"proof_wrong"}
    assert spray(world, URAL, 2) == ["proof_wrong", "linking_paused"]


def test_drill19_wrong_proofs_for_few_accounts_pause_nothing(world: World) -> None:
    numbers = [new_number() for _ in range(15)]
    for _ in range(9):
        for number in numbers:
            with pytest.raises(CabinetError, match="proof_wrong"):
                world.ask("link_account", world.keys.person(), provider=URAL, number=number, proof="wrong")
    assert len(numbers) * 9 > THRESHOLD
    assert world.ask("link_account", world.person()["access_token"], **world.linkable())


def test_drill19_many_at_once_trip_it_once(world: World) -> None:
    spray(world, URAL, THRESHOLD - 4)
    before = REGISTRY.get_sample_value("linking_pauses_total", {"provider": URAL}) or 0.0

    def attempt(_: int) -> str:
        try:
            world.ask("link_account", world.keys.person(), provider=URAL, number=new_number(), proof="wrong")
        except CabinetError as error:
            return error.code
        return "linked"

    codes = list(eventlet.GreenPool(8).imap(attempt, range(12)))
    assert set(codes) == {"proof_wrong", "linking_paused"} or set(codes) == {"proof_wrong"}
    assert attempt(0) == "linking_paused"
    assert REGISTRY.get_sample_value("linking_pauses_total", {"provider": URAL}) == before + 1


def test_id6_other_services_are_asked_in_identitys_own_name(world: World, tokens: Tokens) -> None:
    heard: list[str] = []
    known = world.metering.check_meter_proof

    def check(**asked: Any) -> Any:
        heard.append(world.service.service.verifier.verify(current().subject).kind)
        return known(**asked)

    world.metering.check_meter_proof = check  # type: ignore[method-assign]
    world.ask("link_account", world.person()["access_token"], **world.linkable())
    assert heard == ["service"]
