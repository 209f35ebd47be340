"""Proofs of who somebody is, beyond a first password."""

from crier.api.schemas.base import Answer, Body, Time
from crier.api.schemas.people import AnyPassword


class Proof(Body):
    """What somebody who is signed in proves again to be there with."""

    password: AnyPassword


class FreshAnswer(Answer):
    """How long a sign-in may do what cannot be undone."""

    authenticated_at: Time
    fresh_until: Time
