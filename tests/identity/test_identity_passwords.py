"""Rules of passwords (ID-2): each on its own, long ones whole, habits that a list of common passwords holds."""

from __future__ import annotations

import time

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from services.identity.adapters import secrets
from services.identity.domain.common_words import WORDS
from services.identity.domain.passwords import MOST, RULES, failed_rules, is_common
from tests.identity.world import PASSWORD, World, new_phone

COMMON = """
Password1 Password12 Password123 Passw0rd1 P@ssw0rd1 Pa$$w0rd1 Password1! !Password1 Pa55word Passpass1 Qwerty123
Qwertyuiop1 Asdfghjkl1 Zxcvbn123 1qaz2wsX Qazwsx123 Q1w2e3r4 1q2w3e4R Qwe123qwe Qweasdzxc1 Aa123456 Qq123456 Aaaa1111
Abcd1234 Abcdefg1 Abcabc123 Admin123 Welcome1 Letmein1 Iloveyou1 Dragon123 Summer2026 Winter2026 Natasha1985 Sergey1990
Ekaterina1 Moskva2020 Privet123 Gfhjkm123 Ghbdtn2020 Yfnfif1985 Kyiv20222022
"""
GOOD = """
Sunny-Weather-7 Xk7mPq2R aB3!@#$% Zm9vYmFy1 correctHorse7battery Anna-Kiev-1985 Mein7Schatz77x Nobodys-Fool-3
"""


@pytest.mark.parametrize("password", COMMON.split())
def test_id_2_what_lists_of_common_passwords_hold_is_refused(password: str) -> None:
    assert failed_rules(password) == ["not_common"]


@pytest.mark.parametrize("password", GOOD.split())
def test_id_2_what_is_more_than_a_word_and_a_habit_passes(password: str) -> None:
    assert failed_rules(password) == []


def test_id_2_there_are_some_hundred_words_and_each_with_a_year_is_common() -> None:
    assert len(WORDS) > 500
    let_through = [word for word in WORDS if len(word) >= 4 and not is_common(f"{word.capitalize()}1987")]
    assert let_through == []


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80))
def test_id_2_common_does_not_depend_on_case_or_one_sign_behind(text: str) -> None:
    assert is_common(text) == is_common(text.swapcase())
    if is_common(text) and len(text) < 79 and text[-1:].isalnum():
        assert is_common(f"{text}!")


def test_id_2_rules_answer_soon_for_the_longest() -> None:
    began = time.perf_counter()
    for text in ("1" * MOST, "Aa1" * 85, "aB3" + "x" * 253, "password" * 32):
        is_common(text)
    assert time.perf_counter() - began < 5


def test_id_2_a_form_can_tick_the_rules_one_by_one(world: World) -> None:
    assert world.ask("check_password", password="") == {
        "rules": list(RULES),
        "broken": ["length", "upper", "lower", "digit"],
    }
    assert world.ask("check_password", password="Пароль 1")["broken"] == [
        "latin_only", "upper", "lower", "no_spaces",
    ]  # fmt: skip
    assert world.ask("check_password", password=PASSWORD)["broken"] == []
    assert world.ask("check_password", password="Aa1" + "-x" * 200)["broken"] == ["length"]


def test_id_2_a_long_password_counts_to_its_last_character(world: World) -> None:
    """At least 64 characters, and nothing behind the 64th or 72nd is cut off."""
    for length in (64, 100, MOST):
        phone, password = new_phone(), ("Aa1-" + "xyz" * MOST)[: length - 1] + "Q"
        registration = world.register(phone, password)
        world.ask("confirm_registration", registration=registration, code=world.code())
        assert world.refused("sign_in", login=phone, password=password[:-1] + "R").code == "credentials_wrong"
        assert world.ask("sign_in", login=phone, password=password)["person"]
    refusal = world.refused("register", phone=new_phone(), password="Aa1-" + "x" * MOST, agreement="1")
    assert refusal.code in ("validation_failed", "password_rules")


def test_id_2_stored_with_argon2id_of_the_librarys_strength(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "_hasher", PasswordHasher())
    registration = world.register(new_phone())
    kept = world.row("select password_hash from registration")["password_hash"]
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    tokens = world.ask("confirm_registration", registration=registration, code=world.code())
    moved = world.row("select password_hash from person where id = cast(:id as uuid)", id=tokens["person"])
    assert moved["password_hash"] == kept
    assert world.row("select password_hash from registration")["password_hash"] == ""
