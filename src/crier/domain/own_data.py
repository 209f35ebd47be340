"""What people may ask of a bot about what it keeps of them, where its owner has switched it on.

The setting of a bot is `privacy_commands`. An owner's own reply to /privacy goes before ours.
"""

from typing import Final, Literal

SETTING: Final = "privacy_commands"
BY_PERSON: Final = "the person"
"""The name of a person that asks, in `privacy_requests.requested_by` and in the audit log."""
CONFIRM: Final = "crier:forget"
"""What the button under `ASK` sends."""
Ask = Literal["erase", "export"]

MENU: Final = (
    ("privacy", "What this bot keeps of you"),
    ("mydata", "Get everything that is kept of you"),
    ("forget", "Erase everything that is kept of you"),
)
PRIVACY: Final = (
    "This bot keeps your name, your user name and your language, when you came, what you write to "
    "it and what it sends to you, and which links of ads you follow.\n\n"
    "/mydata sends you all of that as a file.\n"
    "/forget erases it.\n"
    "/stop ends the messages and keeps the rest."
)
ASK: Final = (
    "Everything that this bot, and all others of its owner, keep of you is erased. You get no more "
    "messages until you /start again. This cannot be undone."
)
BUTTON: Final = "Erase everything"
ERASED: Final = "It is erased within about a minute. /start begins anew, with nothing known of you."
COMING: Final = "Your data is put together and comes as a file."
CAPTION: Final = "Everything that the bots of this owner keep of you."
