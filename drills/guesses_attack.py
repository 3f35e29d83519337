"""The attack of the guesses drill, and what the limits let through of it."""

from __future__ import annotations

import base64
import math
import secrets as chance
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import pyotp
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from authorisation.contexts import ServiceContext
from authorisation.subject import ServiceTokens, SubjectVerifier
from chassis.clock import FixedClock
from chassis.configuration import Environment
from chassis.context import CallContext, current, enter
from chassis.database import Database, make_engine
from chassis.errors import as_cabinet_error
from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from deploy.local.names import ROOT
from services.identity.adapters import one_time_passwords, secrets
from services.identity.configuration import identity_tools
from services.identity.domain.limits import CODE_TRIES, LIMITS
from services.identity.domain.lives import ACCESS_LIFE
from services.identity.domain.second_factor import WINDOW
from services.identity.service import IdentityService
from services.identity.store import people

FORMS: Final = ("registration", "recovery", "phone", "account", "second_factor", "password")
DAY_HOURS: Final = 24
BEGAN: Final = datetime(2026, 11, 20, tzinfo=UTC)
PASSWORD, OTHER = "Sunny-Weather-7", "Cloudy-Weather-8"
#: Suppliers whose proof is weak: the contact on file opens the rest.
WEAK: Final = "sverdlovenergosbyt"
PLACE: Final = {"house": "12", "letter": "", "flat": "5", "extension": ""}
#: So unlikely may it be that an attack within the limits has more successes than the drill allows.
LUCK: Final = 1e-6
TOKEN_GOOD_FOR: Final = 300.0


class Share(NamedTuple):
    """What one process does of the attack."""

    url: str
    number: int
    guesses: int
    addresses: int
    victims: int
    seed: int


@dataclass(frozen=True)
class Bound:
    """Of one form in a day: guesses that may be compared, the chance of each, successes that may be."""

    compared: int
    chance: float

    @property
    def right(self) -> int:
        """The least number that is exceeded more seldom than LUCK."""
        mean = self.compared * self.chance
        term = total = math.exp(-mean)
        count = 0
        while 1 - total > LUCK:
            count += 1
            term *= mean / count
            total += term
        return count


def bounds(victims: int, addresses: int) -> dict[str, Bound]:
    """From the limits alone."""
    a_day = {most for most, span in LIMITS["send_code"] if span == timedelta(days=1)}.pop()
    codes = Bound(victims * a_day * CODE_TRIES, 1e-6)
    [(an_hour, _)] = [limit for limit in LIMITS["sign_in"] if limit[1] == timedelta(hours=1)]
    by_person = {most for most, span in LIMITS["second_factor"] if span == timedelta(days=1)}.pop()
    return {
        **dict.fromkeys(("registration", "recovery", "phone", "account"), codes),
        "second_factor": Bound(victims * by_person, (2 * WINDOW + 1) * 1e-6),
        "password": Bound(victims * an_hour * DAY_HOURS, 0.0),
    }


class Billing:
    """Every account is where it is said to be, and has an address on file."""

    def check_address_proof(self, **asked: str) -> dict[str, Any]:
        """Right."""
        return {"matches": True}

    def contact_on_file(self, *, account: str) -> dict[str, Any]:
        """One of its own for every account."""
        return {"email": f"{account}@victims.example"}


class Victim:
    """What the attacker has of one victim of one form."""

    def __init__(self, login: str, person: str = "", account: str = "") -> None:
        self.login = login
        self.person = person
        self.account = account
        #: Registration, recovery, challenge: what a guess is for.
        self.handle = new_id()
        self.left = 0


class Attack:
    """One process's share, over the simulated day."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._compared = 0
        self._clock = FixedClock(BEGAN)
        _make_cheap(self)
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        settings = {
            "TOKEN_PRIVATE_KEY": private,
            "SEAL_KEY": base64.urlsafe_b64encode(chance.token_bytes(32)).decode(),
            "CABINET_URL": "https://cabinet.example",
        }
        tools = identity_tools({"env": Environment(settings), "providers_dir": str(ROOT / "providers")})
        self._tools = replace(tools, real=self._clock)
        self._database = Database(make_engine(share.url, 2))
        service_key = chance.token_hex(32)
        self._service = IdentityService()
        self._service.service = ServiceContext(
            self._database,
            self._clock,
            SubjectVerifier(public, service_key),
            ServiceTokens("identity", service_key),
            None,
        )
        self._service.tools = self._tools
        self._service.billing = Billing()  # type: ignore[assignment]
        self._tokens: dict[str, tuple[str, float]] = {}
        self._apps: dict[str, str] = {}

    def note_comparison(self) -> None:
        """Something secret was compared with a guess."""
        self._compared += 1

    def run(self) -> dict[str, Any]:
        """By form: tried, compared, right, refused (code -> how often)."""
        victims = {form: [self._victim(form, n) for n in range(self._share.victims)] for form in FORMS}
        seen: dict[str, Any] = {
            form: {"tried": 0, "compared": 0, "right": 0, "refused": Counter()} for form in FORMS
        }
        for number in range(self._share.guesses):
            self._clock.moment = BEGAN + timedelta(hours=DAY_HOURS) * (number / self._share.guesses)
            form = FORMS[number % len(FORMS)]
            turn = number // len(FORMS)
            victim = victims[form][turn % self._share.victims]
            client = self._address(turn % self._share.addresses)
            outcome = seen[form]
            if victim.left <= 0:
                self._ask_for_code(form, victim, client, outcome["refused"])
                victim.left = CODE_TRIES
            victim.left -= 1
            outcome["tried"] += 1
            before = self._compared
            try:
                self._guess(form, victim, client)
                outcome["right"] += 1
            except CabinetError as error:
                outcome["refused"][error.code] += 1
            outcome["compared"] += self._compared - before
        return {form: {**found, "refused": dict(found["refused"])} for form, found in seen.items()}

    # --- what the attacker does -----------------------------------------------------------------------------------

    def _ask_for_code(self, form: str, victim: Victim, client: str, refused: Counter[str]) -> None:
        try:
            if form == "registration":
                asked = {"phone": victim.login, "password": PASSWORD, "agreement": "1"}
                victim.handle = self._call("register", client, **asked)["registration"]
            elif form == "recovery":
                victim.handle = self._call("recover", client, login=victim.login, language="ru")["recovery"]
            elif form == "phone":
                self._call("change_phone", client, victim.person, phone=victim.login, password=PASSWORD)
            elif form == "account":
                self._call("send_account_confirmation", client, victim.person, account=victim.account)
            elif form == "second_factor":
                answer = self._call("sign_in", client, login=victim.login, password=PASSWORD)
                victim.handle = answer["challenge"]
        except CabinetError as error:
            refused[f"send: {error.code}"] += 1

    def _guess(self, form: str, victim: Victim, client: str) -> None:
        """Raises CabinetError unless it was right."""
        code = f"{chance.randbelow(10**6):06d}"
        if form == "registration":
            self._call("confirm_registration", client, registration=victim.handle, code=code)
        elif form == "recovery":
            self._call("confirm_recovery", client, recovery=victim.handle, code=code, password=OTHER)
        elif form == "phone":
            self._call("confirm_phone", client, victim.person, code=code)
        elif form == "account":
            self._call("confirm_account", client, victim.person, account=victim.account, code=code)
        elif form == "second_factor":
            self._call("answer_challenge", client, challenge=victim.handle, code=code)
        else:
            self._call("sign_in", client, login=victim.login, password=f"Guess-{code}")

    def _call(self, method: str, client: str, person: str = "", /, **request: Any) -> Any:
        before = current()
        try:
            return getattr(self._service, method)(
                CallContext(subject=self._token(person) if person else "", client=client), **request
            )
        except Exception as error:
            known = as_cabinet_error(error)
            if known.code == "internal_error":
                raise
            raise known from error
        finally:
            enter(before)

    def _token(self, person: str) -> str:
        token, until = self._tokens.get(person, ("", 0.0))
        if time.monotonic() > until:
            token = self._tools.tokens.issue(person, new_id(), [], ACCESS_LIFE)
            self._tokens[person] = token, time.monotonic() + TOKEN_GOOD_FOR
        return token

    # --- who is attacked ------------------------------------------------------------------------------------------

    def _victim(self, form: str, number: int) -> Victim:
        """A few in each block of numbers, too few for the block's limit: it would help only the defence."""
        place = self._share.number * 10_000 + FORMS.index(form) * 1_000 + number
        phone = f"+7912{place % 1000:03d}{place // 1000:04d}"
        if form == "registration":
            return Victim(phone)
        if form in ("recovery", "password"):
            return Victim(phone, self._person(phone))
        # The attacker's own person, who wants the victim's phone or account.
        if form == "phone":
            return Victim(phone, self._person(f"+7913{phone[5:]}"))
        if form == "account":
            return self._limited(self._person(phone), f"{place:010d}")
        return self._with_app(Victim(phone, self._person(phone)))

    def _person(self, phone: str) -> str:
        person = new_id()
        with self._database.transaction() as tx:
            made = people.add_person(
                tx, person, phone=phone, email=None, password_hash=secrets._hasher.hash(PASSWORD),
                language="ru", at=self._clock.now(),
            )  # fmt: skip
        if not made:
            raise RuntimeError(f"{phone} is taken: the drill needs an empty database")
        return person

    def _limited(self, person: str, number: str) -> Victim:
        self._call("link_account", "", person, provider=WEAK, number=number, proof=PLACE)
        return Victim("", person, account_id(WEAK, number))

    def _with_app(self, victim: Victim) -> Victim:
        """They have a second factor; the attacker has their password."""
        secret = self._call("enrol_second_factor", "", victim.person, password=PASSWORD)["secret"]
        code = pyotp.TOTP(secret).at(self._clock.now())
        self._call("confirm_second_factor", "", victim.person, code=code)
        return victim

    def _address(self, number: int) -> str:
        return f"10.{self._share.number}.{number >> 8 & 255}.{number & 255}"


def _make_cheap(attack: Attack) -> None:
    """Hashes that take no time, and comparisons that are counted. In a process of its own."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    same, matches, step = secrets.same, secrets.password_matches, one_time_passwords.matching_step

    def counted_step(secret: str, code: str, steps: list[int]) -> int | None:
        # Its own comparisons of one guess with several steps are one.
        before = attack._compared
        found = step(secret, code, steps)
        attack._compared = before + 1
        return found

    def counted_same(one: str, other: str) -> bool:
        # A challenge is named by its own secret, which the attacker has: that is no guess.
        found = same(one, other)
        if not found:
            attack.note_comparison()
        return found

    def counted_password(hashed: str | None, password: str) -> bool:
        if password.startswith("Guess-"):
            attack.note_comparison()
        return matches(hashed, password)

    secrets._hasher = hasher
    secrets._DUMMY = hasher.hash("Nobody's password 1")
    secrets.offload = lambda work, *arguments: work(*arguments)  # type: ignore[attr-defined]
    secrets.same = counted_same
    secrets.password_matches = counted_password
    one_time_passwords.matching_step = counted_step
