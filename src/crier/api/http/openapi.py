"""The OpenAPI 3.1 document, finished: what the framework cannot know from one view.

flask-openapi3 makes paths, parameters and bodies. Added here from the routes' declarations: who may
call (security), the problems that every route of a kind may answer, the idempotency header, and
schemas that differ between what comes in and what goes out.
"""

import copy
import re
from typing import Any, Final, get_type_hints

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from crier.api.http.access import access_of
from crier.api.http.idempotency import HEADER
from crier.api.http.web import App
from crier.api.schemas.base import Answer, Problem
from crier.domain.permissions import MEANINGS, OF_EVERY_KEY, Permission, roles_with, scope_of

Json = dict[str, Any]
_REF: Final = "#/components/schemas/"
_SECURITY_SCHEMES: Final[Json] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token, or an API key (`crier_…`).",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "crier_access",
        "description": "The dashboard's; changes need `X-CSRF-TOKEN`, the value of `crier_csrf`. "
        "Both names begin with `__Host-` where `CRIER_PUBLIC_URL` is https, and with "
        "`__Secure-` where it has a path.",
    },
}
_REASONS: Final = {
    400: "The body is no JSON.",
    401: "No credentials, or none that are good.",
    403: "Your role may not do this.",
    404: "Not there, or not yours.",
    409: "Conflicts with the current state.",
    413: "The body is too large.",
    415: "The body is not of the right content type.",
    416: "The range lies outside of the file; `Content-Range` says how long that is.",
    422: "Validation failed; `errors` names the fields.",
    429: "Over a limit; `Retry-After` says when to come back.",
    502: "Telegram refused, or could not be reached.",
    503: "A part that this needs is down.",
}
_IDEMPOTENCY: Final[Json] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key and body within 24 h gives the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def document(app: App) -> Json:
    """Return the whole document of `app`."""
    made: Json = copy.deepcopy(app.api_doc)
    answers = {model.model_json_schema()["title"]: model for model in _subclasses(Answer)}
    pairs: dict[tuple[type[BaseModel], JsonSchemaMode], list[Json]] = {
        (Problem, "serialization"): []
    }
    for path, method, operation, endpoint in _operations(app, made):
        _finish(app, endpoint, path, method, operation)
        _collect(app, endpoint, operation, answers, pairs)
    schemas = made["components"].get("schemas", {})
    keys, generated = models_json_schema(list(pairs), ref_template=_REF + "{model}")
    for pair, places in pairs.items():
        for place in places:
            place["schema"] = dict(keys[pair])
    made["components"]["schemas"] = {**schemas, **generated["$defs"]}
    _rename_to_titles(made)
    _drop_unused(made)
    made["components"]["securitySchemes"] = _SECURITY_SCHEMES
    return made


def _operations(app: App, made: Json) -> list[tuple[str, str, Json, str]]:
    """Yield path, method, operation and endpoint of everything in the document."""
    endpoints = {
        (re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    return [
        (path, method, operation, endpoints[path, method])
        for path, item in made["paths"].items()
        for method, operation in item.items()
    ]


def _finish(app: App, endpoint: str, path: str, method: str, operation: Json) -> None:
    access = access_of(app, endpoint)
    view = app.view_functions[endpoint]
    assert access is not None
    operation["operationId"] = endpoint.replace(".", "_")
    operation["security"] = [] if access.public else [{"bearer": []}, {"cookie": []}]
    if access.permission is not None:
        taken = _taken(access.permission)
        operation["description"] = "\n\n".join(filter(None, (operation.get("description"), taken)))
    if getattr(view, "idempotent", False):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY)
    responses = operation["responses"]
    if "ValidationErrorModel" in str(responses.get("422")):
        del responses["422"]
    for status in _problems(path, method, operation, signed_in=not access.public):
        responses.setdefault(str(status), {})
    if not access.counted:
        responses.pop("429", None)
    for status, response in responses.items():
        if int(status) >= 400:
            response["description"] = _REASONS[int(status)]
            schema = {"$ref": f"{_REF}Problem"}
            response["content"] = {"application/problem+json": {"schema": schema}}


def _taken(permission: Permission) -> str:
    """Say what calling a route takes, of roles and of API keys."""
    roles = ", ".join(sorted(roles_with(permission)))
    scope = scope_of(permission)
    every = "every API key" if permission in OF_EVERY_KEY else "no API key"
    keys = f"API keys with the scope `{scope}`" if scope else every
    return f"For: {roles}; {keys} (to {MEANINGS[permission]})."


def _problems(path: str, method: str, operation: Json, *, signed_in: bool) -> set[int]:
    found = {429, 503}
    if signed_in:
        found |= {401, 403}
    if "{" in path:
        found |= {404}
    if method != "get":
        found |= {409}
    if operation.get("requestBody"):
        found |= {400, 413, 415, 422}
    parameters = operation.get("parameters", ())
    if any(p["in"] != "path" or p["schema"].get("type") != "integer" for p in parameters):
        found |= {422}
    return found


def _collect(
    app: App,
    endpoint: str,
    operation: Json,
    answers: dict[str, type[BaseModel]],
    pairs: dict[tuple[type[BaseModel], JsonSchemaMode], list[Json]],
) -> None:
    """Note where each schema stands, so that it is made for its direction."""
    hints = get_type_hints(_innermost(app.view_functions[endpoint]))
    if (raw := hints.get("raw")) is not None:
        operation["requestBody"]["required"] = True
        for mimetype, schema in getattr(raw, "schemas", {}).items():
            operation["requestBody"]["content"][mimetype]["schema"] = schema
    body = hints.get("body")
    if body is not None:
        content = operation["requestBody"]["content"]["application/json"]
        pairs.setdefault((body, "validation"), []).append(content)
        operation["requestBody"]["required"] = bool(body.model_json_schema().get("required"))
    for response in operation["responses"].values():
        content = response.get("content", {}).get("application/json")
        name = (content or {}).get("schema", {}).get("$ref", "").removeprefix(_REF)
        if name in answers:
            pairs.setdefault((answers[name], "serialization"), []).append(content)


def _innermost(view: Any) -> Any:
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return view


def _rename_to_titles(made: Json) -> None:
    """Let each schema stand under its title, and references follow."""
    schemas: Json = made["components"]["schemas"]
    names = {name: _name(name, schema) for name, schema in schemas.items()}
    made["components"]["schemas"] = {names[name]: schema for name, schema in schemas.items()}
    _rewrite(made, {_REF + old: _REF + new for old, new in names.items()})


def _name(name: str, schema: Json) -> str:
    title = re.sub(r"[^\w.\-]", "_", schema.get("title", name))
    suffix = next((end for end in ("-Input", "-Output") if name.endswith(end)), "")
    return title + suffix.replace("-", "").replace("Output", "")


def _rewrite(node: Any, references: dict[str, str]) -> None:
    if isinstance(node, dict):
        if "$ref" in node:
            node["$ref"] = references.get(node["$ref"], node["$ref"])
        for value in node.values():
            _rewrite(value, references)
    elif isinstance(node, list):
        for value in node:
            _rewrite(value, references)


def _drop_unused(made: Json) -> None:
    """Keep the schemas that something refers to."""
    schemas: Json = made["components"]["schemas"]
    wanted: set[str] = set()
    new = _references(made["paths"])
    while new:
        wanted |= new
        new = {r for name in new for r in _references(schemas[name])} - wanted
    made["components"]["schemas"] = {name: schemas[name] for name in sorted(wanted)}


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"].removeprefix(_REF)} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_references(value) for value in node))
    return set()


def _subclasses(root: type[BaseModel]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    for model in root.__subclasses__():
        if not model.__pydantic_generic_metadata__["parameters"]:
            found.append(model)
        found.extend(_subclasses(model))
    return found
