"""Which column of a CSV file is taken for chat ids, what is refused, and what is shown of it."""

import io

import pytest

from crier.services.bots.chat_csv import read_csv
from crier.services.bots.chat_lists import MAX_ITEMS, Item, Understood
from crier.services.errors import InvalidError, ServiceError, TooLargeError


def read(text: str | bytes, column: str | None = None) -> tuple[list[Item], Understood]:
    data = text.encode() if isinstance(text, str) else text
    found = read_csv(io.BytesIO(data), column)
    return list(found.items), found.understood


def ids(text: str | bytes, column: str | None = None) -> list[int]:
    items, _ = read(text, column)
    bad = [item for item in items if isinstance(item[1], str)]
    assert not bad
    return [chat for _, chat in items if isinstance(chat, int)]


@pytest.mark.parametrize(
    "text",
    [
        "70\n80\n",
        "70\r80",
        "\n\n70\r\n\r\n80",
        '"70"\n"80"\n',
        "70,\n80,\n",
        "\ufeffchat_id\n70\n80",
        "Chat ID\n70\n80",
        "id\n70\n80",
        "sep=;\nname;chat_id\nAnn;70\nBob;80",
        "\ufeffsep=\t\r\nchat_id\tname\r\n70\tAnn\r\n80\tBob",
        "id,chat_id,name\n1,70,Ann\n2,80,Bob",
        "id,user_id,chat_id\n1,5,70\n2,6,80",
        "chat_id,user_id\n70,5\n80,6",
        "telegram_id,name\n70,Ann\n80,Bob",
        'name;Chat_ID\nAnn;70\n"B;b";80\n',
        '"na;me",chat_id\n"a;b",70\nc,80',
        '"na\tme",chat_id\na,70\nb,80',
        'chat_id,"name, first"\n70,"Ann, A."\n80,',
        "chat_id|name\n70|a,b\n80|c;d",
        "chat_id,name\n70,a\u2028b\n80,c\u0085d\u000be\x1cf",
        'chat_id,name\n70,"two\nlines"\n80,"a ""quote"""',
        "chat_id,name\n70,a,,\n80,b,\n",
    ],
)
def test_the_chat_ids_are_found(text: str) -> None:
    assert ids(text) == [70, 80]


@pytest.mark.parametrize(
    "text",
    [
        "id,user_id\n70,5\n",
        "id,name\n70,Ann\n",
        "id,bot_name,username,telegram_id,user_id,status\n70,a,b,80,90,running\n",  # own: bots
        "id,user_id,title,content,status\n70,80,a,b,draft\n",  # own: ads
        "chat_id,chat_id\n70,80\n",
        "name,phone\nAnn,70\n",
        "70,80\n90,95\n",
        "70;Ann\n80;Bob\n",
        "chat_id;x,chat_id\n70;1,80\n",
    ],
)
def test_what_leaves_the_column_open_is_refused(text: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read(text)
    assert list(caught.value.fields) == ["column"]


def test_a_column_can_be_named() -> None:
    assert ids("id,user_id\n1,70\n2,80\n", "user_id") == [70, 80]
    assert ids("ID;Who\n1;70\n2;80\n", "who") == [70, 80]
    assert ids("id,chat_id\n70,1\n80,2\n", "id") == [70, 80]
    for text in ("id,chat_id\n1,70\n", "70\n80\n"):
        with pytest.raises(InvalidError, match="no column of the file"):
            read(text, "nobody")


def test_of_our_own_export_of_messages_the_chat_id_is_taken() -> None:
    head = "id,bot_id,chat_id,direction,message_type,content,status,sent_at\n"
    assert ids(head + "1,2,70,in,text,hello,received,x\n3,2,80,out,text,,sent,y\n") == [70, 80]


def test_people_whom_the_file_calls_gone_are_not_taken() -> None:
    items, _ = read("chat_id,status\n70,active\n71,unsubscribed\n72,blocked\n73,gone\n80,active")
    assert items == [
        (2, 70),
        (3, "is unsubscribed in the file"),
        (4, "is blocked in the file"),
        (5, "is gone in the file"),
        (6, 80),
    ]


def test_lines_are_numbered_as_an_editor_shows_them() -> None:
    items, _ = read('\nsep=,\n\nname,chat_id\n"two\nlines",70\n\nx,y\nBob\na,80,z\n')
    assert items == [
        (5, 70),
        (8, "is no whole number"),
        (9, "has no chat id"),
        (10, "has more columns than the first line"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"chat_id\n\xff",
        "chat_id\n70".encode("utf-16"),
        'chat_id,name\n70,"Ann"x\n',
        'chat_id,name\n70,"Ann\n80,Bob\n',
        'chat_id,name\n70,"' + "\n" * 2000,
        '"chat_id\n70\n',
        "chat_id\n" + "7" * 300_000,
    ],
)
def test_what_is_no_csv_is_refused_as_a_whole(text: str | bytes) -> None:
    with pytest.raises(ServiceError):
        read(text)


@pytest.mark.slow
@pytest.mark.parametrize("line", ["7\n", "\n", "x\n"])
def test_a_list_has_an_end(line: str) -> None:
    with pytest.raises(TooLargeError, match="split it"):
        for _ in read_csv(io.BytesIO(line.encode() * (MAX_ITEMS + 1))).items:
            pass


def test_it_is_shown_how_the_file_was_read() -> None:
    rows = "".join(f"{n};{'x' * 100}\n" for n in range(1, 9))
    _, found = read("Chat_ID;name\n" + rows)
    assert found == Understood(
        separator=";",
        columns=["Chat_ID", "name"],
        column="Chat_ID",
        first_rows=[[str(n), "x" * 60] for n in range(1, 6)],
    )


def test_the_stream_is_left_open_for_its_owner() -> None:
    stream = io.BytesIO(b"70\n")
    list(read_csv(stream).items)
    assert not stream.closed
