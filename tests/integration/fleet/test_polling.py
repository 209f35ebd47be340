"""What people do reaches the tables, once, in order, and is answered."""

from tests.support.fleet import Worker, World
from tests.support.waiting import until

ANN, BOB = 1001, 1002


def test_start_subscribes_and_stop_unsubscribes(world: World, worker: Worker) -> None:
    bot = world.add_bot()
    world.start(bot.id)
    world.sandbox.add_person(bot.id, ANN, first_name="Ann", username="ann", language_code="de")
    world.sandbox.write(bot.id, ANN, "/start promo_7")
    until(lambda: world.chats(bot.id) == {ANN: "active"}, 5)
    row = world.chat(bot.id, ANN)
    assert (row["source"], row["first_name"], row["username"], row["language_code"]) == (
        "promo_7", "Ann", "ann", "de",
    )  # fmt: skip
    joined = row["joined_at"]
    world.sandbox.write(bot.id, ANN, "/stop")
    until(lambda: world.chats(bot.id) == {ANN: "unsubscribed"}, 5)
    world.sandbox.write(bot.id, ANN, "/start again")
    until(lambda: world.chats(bot.id) == {ANN: "active"}, 5)
    row = world.chat(bot.id, ANN)
    assert (row["joined_at"], row["source"]) == (joined, "promo_7")
    assert world.texts(bot.id) == ["/start promo_7", "/stop", "/start again"]
    counters = world.run("SELECT * FROM bot_counters WHERE bot_id = %s", bot.id)[0]
    assert (counters["subscribers"], counters["unsubscribed"]) == (1, 0)
    assert world.value("SELECT sum(messages_in) FROM bot_minutes WHERE bot_id = %s", bot.id) == 3
