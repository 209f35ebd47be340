"""The HTTP API. How to add an endpoint:

1. Write its body, query and answer in `schemas/<area>.py`, on the bases of `schemas/base.py`:
   `Body` and `Query` refuse unknown fields, `Answer` is read from attributes or dicts.
2. Write the use case in `services/`, a function that takes the `Session` and what it needs, refuses
   with an error of `services/errors.py`, and does not commit.
3. Declare the route in `routes/<area>.py`:

       @blueprint.post("/api/bots/<int:bot_id>/start", responses={202: BotAnswer})
       @allow("bots.edit")
       @idempotent                      # on a POST that creates or launches
       def start_bot(path: BotPath) -> Reply:
           '''Start a bot: the docstring is the endpoint's documentation.'''
           bot = bots.start(db.session(), caller(), path.bot_id)
           return BotAnswer.model_validate(bot), 202

   `@allow` names the permission that it takes (`domain/permissions.py`) and may lower its limits;
   `create_app` refuses a route without it. `caller()` is who asks, `caller().owns(Bot.user_id)` the
   SQL condition of what belongs to the organisation that they act in. Parameters are named `path`,
   `query`, `body` (JSON), `raw` (other).
4. A list takes a `PageQuery` and answers `paging.page(...)`.
5. Nothing is committed until the view has returned an answer below 400, and then before the answer
   is sent. Around a call to Telegram: `with db.released():`, so that no transaction waits for it.
   Streams run after the request's session has ended: open one with `deps().sessions.begin()`.
6. Record changes of state with `audit.record(db.session(), caller(), …)` in the same transaction.
"""
