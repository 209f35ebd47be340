"""A simulated Telegram: Bot API, people, limits and misbehaviour. See docs/sandbox.md.

Reading order: `main` (the process), `http` (the server), `dispatch` (a call's way in), `methods/`
(what a call does), `posting` (what every sent message goes through), `polling`, `updates` and
`webhook` (how updates reach a bot), `roster` and `world` (what is known), `control/` (what tests
do), `state` (the file). It imports nothing else of crier, so that it catches our misreadings.
"""
