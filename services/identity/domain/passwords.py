"""Password rules (ID-2), each reported on its own so that a form can tick them."""

from __future__ import annotations

import string

# The rules of the supplier's own registration form.
RULES = ("latin_only", "length", "upper", "lower", "digit", "no_spaces", "not_common")

COMMON = frozenset(
    "Password1 Password12 Password123 Passw0rd Passw0rd1 Qwerty123 Qwerty12 Qwerty1234 Admin123 Welcome1 "
    "Welcome123 Abcd1234 Abc12345 Aa123456 Aa12345678 Qq123456 Zxcvbn123 Test1234 User1234 Letmein1 "
    "Iloveyou1 Monkey123 Dragon123 Football1 Master123 Sunshine1 Princess1 Summer2026 Winter2026".lower().split()
)


def failed_rules(password: str) -> list[str]:
    """Names of the rules that the password breaks, in the order of RULES."""
    letters = [c for c in password if c.isalpha()]
    passed = {
        "latin_only": all(c in string.ascii_letters for c in letters),
        "length": len(password) >= 8,
        "upper": any(c in string.ascii_uppercase for c in password),
        "lower": any(c in string.ascii_lowercase for c in password),
        "digit": any(c in string.digits for c in password),
        "no_spaces": not any(c.isspace() for c in password),
        "not_common": password.lower() not in COMMON,
    }
    return [rule for rule in RULES if not passed[rule]]
