"""The second factor (ID-10)."""

from __future__ import annotations

from chassis.house import Call
from chassis.operations import command, operation, question
from chassis.subject import Subject
from contracts.errors import CabinetError
from contracts.rpc.base import Answer
from contracts.rpc.identity import second_factor as rpc
from contracts.rpc.identity.base import Tokens
from services.identity.adapters import secrets
from services.identity.handlers import limits, second_factor, sessions
from services.identity.interface.base import Area
from services.identity.store import people
from services.identity.views import sessions as views


class SecondFactorArea(Area):
    """The second factor (ID-10)."""

    @command
    def answer_challenge(self, call: Call, request: rpc.AnswerRequest) -> Answer[Tokens]:
        """The second step of signing in: tokens for a challenge and a code."""
        found = second_factor.answer_challenge(call, self.tools, request.challenge, request.code)
        if found is None:
            return call.refuse("code_wrong")
        return sessions.open_session(
            call,
            self.tools,
            str(found["person"]),
            list(found["roles"]),
            request.device,
            second_factor=True,
        )

    @question
    def second_factor(self, call: Call) -> Answer[rpc.SecondFactor]:
        """Has the person one?"""
        return views.second_factor(call.tx, call.subject)

    @operation
    def enrol_second_factor(self, subject: Subject, request: rpc.EnrolRequest) -> Answer[rpc.Enrolling]:
        """A secret for an authenticator app; asks for the password again."""
        with self.house.begin(subject) as call:
            limits.limit(call, ("password", subject.require_person()))
            person = people.person(call.tx, subject.id)
        if person is None:
            raise CabinetError("unauthenticated")
        if not secrets.password_matches(person["password_hash"], request.password):
            raise CabinetError("password_wrong")
        with self.house.begin(subject) as call:
            return second_factor.enrol(call, self.tools, request.code)

    @command
    def confirm_second_factor(self, call: Call, request: rpc.ConfirmRequest) -> Answer[rpc.Enrolled]:
        """It counts from now on; recovery codes."""
        return second_factor.confirm(call, self.tools, request.code)

    @command
    def remove_second_factor(self, call: Call, request: rpc.RemoveRequest) -> Answer[rpc.SecondFactorRemoved]:
        """Without one again; not for staff."""
        return second_factor.remove(call, self.tools, request.code)
