"""Random texts with markup, half of them right: where parsers are most likely to differ."""

from collections.abc import Callable
from random import Random
from typing import Final

PLAIN: Final = (
    "x", "Sale", "-50%", "ы", "é", "👍", "👩‍👩‍👧", "e\u0301", " ", " ", "\n", "\r\n", "\r", "\t",
    "\0", "\x0b", "\x7f", "\u00a0", "\u200b", "\u200e", "\u200f\u200e\u200f", "\u2028", "\u202e",
    "\u0333", "\ufeff", "\u2800", "\U000e0041", "\u0130", "ß", "שלום", "العربية", "漢字",
    "\U00020000", "1", "٣", "½", ".", "!", "'", "\"", "&", ";", "$EUR", "#tag", "@name", "/start",
    "example.com", "a@b.io", "&amp;", "&lt;", "4111 1111 1111 1111", "{first_name}", "=", "-",
    "+", "|", ">", "#",
)  # fmt: skip
HOSTS: Final = (
    "example.com", "EXAMPLE.com", "e.x", "localhost", "127.0.0.1", "[::1]", "[::g]", "пример.рф",
    "xn--a.com", ".", "..", "a..b", "a_b.com", "-a.com", "a-.com", "ex%41mple.com",
    "ex%4mple.com", "a b.com", "", "t.me", "teiegram.org", "a.b.c.museum", "İ.com", "a*b.com",
    "a|b.com", "user", "emoji", "time", "resolve", "\u200b.com", "faß.de", "a" * 63 + ".com",
    "a" * 64 + ".com",
)  # fmt: skip
SCHEMES: Final = (
    "", "", "https://", "http://", "HTTPS://", "tg://", "tg:", "TG://", "ton://", "tonsite://",
    "tonsite:", "ftp://", "javascript:", "mailto:", "http:/", "://", "//", "htt\u0440://",
    "sftp://", "shttp://",
)  # fmt: skip
PATHS: Final = (
    "", "", "/", "/a", "/a?b=1&c=2", "?b", "#c", "/ a", "/a b ", "/%20", "/ы", "/👍", "/a\n",
    "/(a)", "/a).", "/a,", "/\0", "/\u2028x", "//", "?id=1", "/?id=1", "?id=0", "?id=-5",
    "?id=007", "?x=1&id=42", "?id=42#x", "?ID=42", "?id=99999999999999999999", "?unix=1700000000",
    "?unix=1700000000&format=wDT", "?unix=0", "?format=r&unix=5", "?unix=5&format=x",
    "?unix=5&format=tTdDwW", "?unix=2147483648", "/?unix=7", "/[a]", "/{a}}",
)  # fmt: skip
PORTS: Final = ("", "", "", ":80", ":0", ":0080", ":65535", ":65536", ":x", ":", ":-1", ":1:2")
USERS: Final = ("", "", "", "", "me@", "me:pw@", "a@b@", "@", "м@", "%zz@")
ODD: Final = (
    "<", ">", "</", "/>", "<b>", "</b>", "</>", "<a href=", "<code>", "</code>", "<pre>",
    "</pre>", "&", "&#", "&#x", "*", "_", "__", "___", "~", "|", "||", "|||", "`", "```", "````",
    "[", "]", "](", ")", "![", "!", "\\", "\\\\", ">", "\n>", "||\n", "||\r\n", "\0", "\r", "\n",
    " ", "=", "'", '"', "👍", "\u2028", "-", ".", "/", "@", ":",
)  # fmt: skip

Make = Callable[[Random], str]


def url(rng: Random) -> str:
    """An address, or what looks like one."""
    if rng.random() < 0.2:
        kind = rng.choice(("user", "emoji", "time", "USER", "resolve"))
        return f"{rng.choice(('tg://', 'tg:', 'TG://'))}{kind}{rng.choice(PATHS)}"
    parts = (SCHEMES, USERS, HOSTS, PORTS, PATHS)
    return "".join(rng.choice(part) for part in parts)


def plain(rng: Random, most: int = 4) -> str:
    """A few words, marks and characters that are easily got wrong."""
    return "".join(
        url(rng) if rng.random() < 0.1 else rng.choice(PLAIN) for _ in range(rng.randint(0, most))
    )


def free(rng: Random) -> str:
    """A text without markup, full of what Telegram finds by itself."""
    return "".join(
        rng.choice((plain, url, url, card, _glue, _glue))(rng) for _ in range(rng.randint(1, 6))
    )


def card(rng: Random) -> str:
    """A bank card's number, or nearly one."""
    digits = rng.choice(("4", "51", "2221", "2200", "34", "62", "81", "9", "0")) + "".join(
        rng.choice("0123456789") for _ in range(rng.choice((11, 13, 14, 15, 15, 16, 17, 18)))
    )
    odd = [int(d) for d in digits[::-2]]
    even = [sum(divmod(2 * int(d), 10)) for d in digits[-2::-2]]
    if rng.random() < 0.8:  # a right check digit
        last = (int(digits[-1]) - sum(odd) - sum(even)) % 10
        digits = digits[:-1] + str(last)
    gap = rng.choice(("", "", "", " ", "-", "  "))
    return gap.join(digits[i : i + 4] for i in range(0, len(digits), 4))


def _glue(rng: Random) -> str:
    return rng.choice(
        (" ", "\n", ".", ",", "@", "/", ":", "(", ")", "#", "$", "_", "-", "1", "a", "«", "»", "")
    )


def html(rng: Random) -> str:
    """HTML, often broken."""
    return _broken(rng, _html(rng, 3))


def markdown_v2(rng: Random) -> str:
    """MarkdownV2, often broken."""
    text = "\n".join(
        rng.choice((">", ">", "", "", "**>")) + _v2(rng, 3) + rng.choice(("", "", "", "||", "||\r"))
        for _ in range(rng.randint(1, 4))
    )
    return _broken(rng, text)


def markdown(rng: Random) -> str:
    """The old Markdown, often broken."""
    return _broken(rng, "".join(_old(rng) for _ in range(rng.randint(1, 5))))


MAKERS: Final[dict[str, Make]] = {"HTML": html, "MarkdownV2": markdown_v2, "Markdown": markdown}


def _broken(rng: Random, text: str) -> str:
    """`text`, in every second case with a few pieces put in, taken out or moved."""
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 4))):
        a, b = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        b = min(b, a + rng.choice((0, 1, 3, 9)))
        piece = rng.choice((rng.choice(ODD), rng.choice(ODD), "", text[a:b] * 2, plain(rng, 2)))
        text = text[:a] + piece + text[b:]
    return text if rng.random() < 0.998 else (text * 100)[:6000]


def _case(rng: Random, name: str) -> str:
    return name.upper() if rng.random() < 0.1 else name


def _reference(rng: Random) -> str:
    numbers = (0, 9, 10, 13, 38, 60, 65, 173, 0x2028, 0xD83D, 0xDE00, 0x1F44D, 0xFFFF, 0x10FFFE)
    odd = (0x10FFFF, 0x110000, 4294967361, 99999999, rng.randint(1, 0x10FFFF))
    number = rng.choice((*numbers, *odd))
    form = rng.choice(("&#{};", "&#{}", "&#x{:x};", "&#x{:X}", "&#X{:x};", "&#0{};", "&#x000{:x};"))
    names = ("&lt;", "&gt", "&amp;", "&quot;", "&nbsp;", "&LT;", "&ltx;", "&;", "&#;", "&#x;", "&")
    return rng.choice((form.format(number), rng.choice(names)))


def _html(rng: Random, depth: int) -> str:
    return "".join(_html_piece(rng, depth) for _ in range(rng.randint(0 if depth < 3 else 1, 3)))


def _html_piece(rng: Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.4:
        text = _reference(rng) if rng.random() < 0.3 else plain(rng)
        return text.replace("<", "&lt;")
    simple = ("b", "strong", "i", "em", "s", "strike", "del", "u", "ins", "tg-spoiler", "p", "br")
    name = rng.choice(
        (
            rng.choice(simple),
            "a",
            "tg-emoji",
            "tg-time",
            "span",
            "pre",
            "code",
            "blockquote",
            "a",
            "pre",
        )
    )
    attributes = "".join(_attribute(rng, name) for _ in range(rng.choice((0, 1, 1, 1, 1, 2))))
    name = _case(rng, name)
    inner = _html(rng, depth - 1)
    if name == "pre" and rng.random() < 0.5:
        inner = f'<code class="language-{rng.choice(("py", "c++", "ы"))}">{inner}</code>'
    space = rng.choice(("", "", "", "", " ", "\n", "\0"))
    end = name if rng.random() < 0.9 else rng.choice(("", _case(rng, name), "b"))
    return f"<{name}{attributes}{space}>{inner}</{end}{rng.choice(('', '', '', ' ', '  ', ' x'))}>"


def _attribute(rng: Random, tag: str) -> str:
    names = {
        "a": "href",
        "tg-emoji": "emoji-id",
        "span": "class",
        "code": "class",
        "blockquote": "expandable",
    }
    name = names.get(tag) or rng.choice(("unix", "format", "class", "x"))
    if rng.random() < 0.05:
        name = rng.choice(("", "class", "HREF", "ы", "a-b", "expandable"))
    numbers = (
        "5368324170671202286",
        "1",
        "0",
        "-1",
        "007",
        "9223372036854775807",
        "9223372036854775808",
        "x",
        "",
        "٣",
    )
    values = {
        "href": url(rng),
        "emoji-id": rng.choice(numbers),
        "unix": rng.choice(("1700000000", "1", "0", "-1", "12x", "x", "99999999999", "4294967297")),
        "format": rng.choice(("r", "R", "wDT", "t", "dt", "x", "", "rr", "wWtTdD", "rT")),
    }
    words = (
        "tg-spoiler",
        "TG-spoiler",
        "language-py",
        "language-",
        "language-a b",
        "tg-x",
        "",
        "1",
        "x",
    )
    value = values.get(name, rng.choice(words))
    value = value.replace("&", rng.choice(("&amp;", "&"))) + (
        _reference(rng) if rng.random() < 0.03 else ""
    )
    before = rng.choice((" ", " ", " ", "  ", "\n", "\t", "\v", "\r\n"))
    if rng.random() < 0.1:
        return before + name
    equals = rng.choice(("=", "=", "=", "=", " = ", "=\n"))
    quote = rng.choice(('"', '"', '"', "'", ""))
    return f"{before}{name}{equals}{quote}{value}{quote}"


def _escaped(rng: Random, text: str) -> str:
    kept = rng.random() < 0.1
    return "".join(
        "\\" + c if c in "_*[]()~`>#+-=|{}.!\\" and not (kept and rng.random() < 0.2) else c
        for c in text
    )


def _v2(rng: Random, depth: int) -> str:
    return "".join(_v2_piece(rng, depth) for _ in range(rng.randint(0 if depth < 3 else 1, 3)))


def _v2_piece(rng: Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.4:
        return _escaped(rng, plain(rng))
    mark = rng.choice(("*", "_", "__", "~", "||", "`", "```", "[", "![", "*", "_", "||"))
    if mark.startswith(("[", "!")):
        return f"{mark}{_v2(rng, depth - 1)}]{_address(rng, mark == '![')}"
    if mark == "`":
        return f"`{plain(rng)}`"
    if mark == "```":
        language = rng.choice(("", "py", "c++", "ы", "py\0"))
        line = rng.choice(("\n", "\r\n", "\n\r", "\r", "", " "))
        return f"```{language}{line}{plain(rng)}{rng.choice(('', line))}```"
    return f"{mark}{_v2(rng, depth - 1)}{mark}"


def _address(rng: Random, emoji: bool) -> str:
    address = url(rng)
    if emoji and rng.random() < 0.7:
        address = rng.choice(("tg://emoji", "tg://time")) + rng.choice(PATHS)
    if rng.random() < 0.8:
        address = address.replace("\\", "\\\\").replace(")", "\\)")
    return rng.choice((f"({address})",) * 8 + ("", f"({address}", "(tg:)"))


def _old(rng: Random) -> str:
    mark = rng.choice(("", "", "*", "_", "`", "```", "[", "\\"))
    inner = plain(rng)
    if mark == "[":
        return f"[{inner}]{_address(rng, False)}"
    if mark == "```":
        language, line = rng.choice(("", "py", "py ")), rng.choice(("", "\n", "\r\n"))
        return f"```{language}{line}{inner}```"
    return f"{mark}{inner}{mark}"
