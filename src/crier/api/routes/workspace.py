"""What an admin decides for the whole platform."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.web import Reply
from crier.api.schemas.workspace import PlatformBot, WorkspaceAnswer, WorkspacePatch
from crier.services import workspace

blueprint = APIBlueprint("workspace", __name__, abp_tags=[Tag(name="Workspace")])


@blueprint.get("/api/workspace", responses={200: WorkspaceAnswer})
@allow("platform.read")
def show_workspace() -> Reply:
    """Show what is decided for the whole platform."""
    return _answer()


@blueprint.patch("/api/workspace", responses={200: WorkspaceAnswer, 404: None, 409: None})
@allow("platform.run", fresh=True)
def change_workspace(body: WorkspacePatch) -> Reply:
    """Choose the platform's bot, and whether an ad takes two people."""
    workspace.change(db.session(), caller(), body.model_dump(exclude_unset=True))
    return _answer()


def _answer() -> WorkspaceAnswer:
    session = db.session()
    bot = workspace.platform_bot(session)
    return WorkspaceAnswer(
        platform_bot=PlatformBot.model_validate(bot) if bot else None,
        linked_chats=workspace.count_links(session),
        separate_launcher=workspace.get(session).separate_launcher,
    )
