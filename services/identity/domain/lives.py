"""How long tokens, sessions, links and codes live (ID-3, ID-4, ID-10, GW-6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

#: Of an access token, which is verified without asking: what it may outlive its session by.
ACCESS_LIFE: Final = timedelta(minutes=10)
#: Of a session that is renewed; a refresh token is used once.
SESSION_LIFE: Final = timedelta(days=60)
#: For so long a client whose answer was lost may ask with the same refresh token again.
LOST_ANSWER: Final = timedelta(seconds=30)
#: An end of a session is told for somewhat longer than a token lives: its transaction may have taken a while.
END_TOLD_FOR: Final = ACCESS_LIFE + timedelta(minutes=1)
#: Where somebody was signed in within this time, strangers' tries elsewhere count for nothing.
KNOWN_FOR: Final = timedelta(days=90)
#: Of a code by SMS or mail.
CODE_LIFE: Final = timedelta(minutes=10)
#: Of a link in a mail.
LINK_LIFE: Final = timedelta(hours=24)
#: Of a link to a document, which opens it once.
DOCUMENT_LINK_LIFE: Final = timedelta(minutes=1)
REGISTRATION_LIFE: Final = timedelta(hours=24)
RECOVERY_LIFE: Final = CODE_LIFE
#: Of an invitation to a member of staff.
INVITATION_LIFE: Final = timedelta(hours=24)
#: Of an offer of access or an invitation that nobody answers.
OFFER_LIFE: Final = timedelta(days=30)
#: Between the password and the code of a second factor.
CHALLENGE_LIFE: Final = timedelta(minutes=5)
#: Registrations, codes and recoveries that are over are kept for so long, challenges for less.
KEEP_FINISHED: Final = timedelta(days=30)
KEEP_CHALLENGES: Final = timedelta(days=1)
