"""Second factors: one's own, and taking them away from somebody who has lost them."""

import segno
from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.people import UserPath
from crier.api.schemas.sign_ins import Code, FactorsAnswer, NewAppAnswer, RecoveryCodesAnswer
from crier.services.people import one_time_codes, passkeys, second_factors

blueprint = APIBlueprint("factors", __name__, abp_tags=[Tag(name="Authentication")])


@blueprint.get("/api/auth/factors", responses={200: FactorsAnswer})
@allow("account", unsettled=True)
def list_factors() -> Reply:
    """Show your second factors, and whether your role must have one."""
    found = second_factors.facts(db.session(), caller().user_id)
    settings = deps().settings
    fault = passkeys.fault_of(settings)
    return FactorsAnswer(
        required=caller().role in settings.second_factor_roles,
        passkeys_at=None if fault else passkeys.site_of(settings).origin,
        passkeys_fault=fault,
        **found,
    )


@blueprint.post("/api/auth/factors/app", responses={201: NewAppAnswer})
@allow("account", fresh=True, unsettled=True)
def begin_app() -> Reply:
    """Begin to add an app that makes one-time codes; it counts once a code of it is confirmed."""
    secret = one_time_codes.begin(db.session(), deps().vault, caller().user_id)
    uri = one_time_codes.uri(secret, caller().username)
    rows = segno.make(uri, error="m", micro=False).matrix
    qr = ["".join("1" if dark else "0" for dark in row) for row in rows]
    return NewAppAnswer(secret=secret, uri=uri, qr=qr), 201


@blueprint.post("/api/auth/factors/app/confirm", responses={200: RecoveryCodesAnswer})
@allow("account", limit="10 per minute", fresh=True, unsettled=True)
def confirm_app(body: Code) -> Reply:
    """Confirm the app by a code that it shows. With a first factor come recovery codes, and your
    other sign-ins end."""
    codes = second_factors.add_app(db.session(), deps().vault, caller(), body.code)
    return RecoveryCodesAnswer(recovery_codes=codes)


@blueprint.delete("/api/auth/factors/app", responses={204: None, 404: None})
@allow("account", fresh=True)
def remove_app() -> Reply:
    """Take your app away as a factor; with the last factor go the recovery codes."""
    second_factors.remove_app(db.session(), caller())
    return "", 204


@blueprint.post("/api/auth/factors/recovery-codes", responses={200: RecoveryCodesAnswer})
@allow("account", fresh=True)
def renew_recovery_codes() -> Reply:
    """Make new recovery codes, shown once; the old ones are void."""
    codes = second_factors.renew_codes(db.session(), deps().vault, caller())
    return RecoveryCodesAnswer(recovery_codes=codes)


@blueprint.delete("/api/users/<int:user_id>/factors", responses={204: None})
@allow("accounts.edit", fresh=True)
def remove_factors(path: UserPath) -> Reply:
    """Take all second factors away from somebody who has lost them; their sign-ins end."""
    second_factors.remove_all(db.session(), caller(), path.user_id)
    return "", 204
