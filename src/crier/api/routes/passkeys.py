"""One's own passkeys. `passkey_sign_in.py` signs in by one."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.routes.passkey_sign_in import checker
from crier.api.schemas.passkeys import (
    AddedPasskeyAnswer,
    AskedAnswer,
    NewPasskey,
    PasskeyAnswer,
    PasskeyChange,
    PasskeyPath,
)
from crier.services.people import accounts, passkeys, second_factors

blueprint = APIBlueprint("passkeys", __name__, abp_tags=[Tag(name="Authentication")])


@blueprint.post("/api/auth/factors/passkeys/options", responses={200: AskedAnswer, 409: None})
@allow("account", fresh=True, unsettled=True)
def begin_passkey() -> Reply:
    """Begin to add a passkey: what the browser makes one by."""
    user = accounts.get(db.session(), caller().user_id)
    options, asked = checker().begin(db.session(), user)
    return AskedAnswer(options=options, challenge=asked)


@blueprint.post("/api/auth/factors/passkeys", responses={201: AddedPasskeyAnswer, 409: None})
@allow("account", fresh=True, unsettled=True)
def add_passkey(body: NewPasskey) -> Reply:
    """Add the passkey that the browser has made. With a first factor come recovery codes, once, and
    your other sign-ins end."""
    session, checks = db.session(), checker()
    made = checks.made(session, caller().user_id, asked=body.challenge, answer=body.credential)
    row, codes = second_factors.add_passkey(
        session, deps().vault, caller(), checks.site, made, body.name
    )
    added = PasskeyAnswer.model_validate(row)
    return AddedPasskeyAnswer(passkey=added, recovery_codes=codes), 201


@blueprint.patch("/api/auth/factors/passkeys/<int:passkey_id>", responses={200: PasskeyAnswer})
@allow("account")
def rename_passkey(path: PasskeyPath, body: PasskeyChange) -> Reply:
    """Give one of your passkeys another name."""
    row = passkeys.rename(db.session(), caller(), path.passkey_id, body.name)
    return PasskeyAnswer.model_validate(row)


@blueprint.delete("/api/auth/factors/passkeys/<int:passkey_id>", responses={204: None})
@allow("account", fresh=True)
def remove_passkey(path: PasskeyPath) -> Reply:
    """Take one of your passkeys away; with the last factor go the recovery codes."""
    second_factors.remove_passkey(db.session(), caller(), path.passkey_id)
    return "", 204
