"""Host names as browsers look them up, and addresses that are public."""

import pytest

from crier.domain import hosts


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("faß.de", "xn--fa-hia.de"),  # and not fass.de
        ("Faß.Attacker.TEST", "xn--fa-hia.attacker.test"),
        ("XN--FA-HIA.de", "xn--fa-hia.de"),
        ("βόλος.com", "xn--nxasmm1c.com"),  # a final sigma is no other
        ("نامه\u200cای.com", "xn--mgba3gch31f060k.com"),
        ("i❤.ws", "xn--i-7iq.ws"),  # no name by IDNA 2008, and in use
        ("a_b.example.", "a_b.example."),
        ("r4---sn-x.example", "r4---sn-x.example"),
        ("www。例え。jp", "www.xn--r8jz45g.jp"),
        ("e\u0301.example", "xn--9ca.example"),
        ("a\u00ad.example", "a.example"),
        ("127.0.0.①", "127.0.0.1"),
        ("2606:4700:0::1", "2606:4700::1"),
    ],
)
def test_names_are_read_as_browsers_read_them(host: str, name: str) -> None:
    assert hosts.ascii_host(host) == name
    assert hosts.ascii_host(name) == name


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "a..b", "xn--a.example", "xn--.example", "xn--abc.example",
        "a" * 64 + ".example",
        "a." * 130 + "example", "ß" * 60 + ".example", "ex％41mple.com", "a b.example",
        "a\u200db.com",
        "\u0301a.example", "1א.example", "fe80::1%eth0", "::g", "a℀b.example", "\ud800.example",
        "a" * 1_000_000,
    ],
)  # fmt: skip
def test_what_is_no_name_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"no host name|address|IPv6|At least|Only hex"):
        hosts.ascii_host(host)


def test_the_longest_name_is_read_and_one_letter_more_is_not() -> None:
    longest = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert len(longest) == 253
    assert hosts.ascii_host(longest + ".") == longest + "."
    with pytest.raises(ValueError, match="no host name"):
        hosts.ascii_host(longest + "b")


def test_a_name_is_shown_as_people_write_it() -> None:
    assert hosts.unicode_host("xn--fa-hia.de") == "faß.de"
    assert hosts.unicode_host("a_b.example") == "a_b.example"


@pytest.mark.parametrize(
    ("host", "mixed"),
    [
        ("pаypal.com", True),  # with a Cyrillic а
        ("gοogle.com", True),  # with a Greek ο
        ("пример.com", False),
        ("faß.de", False),
        ("日本のlatinカナ.jp", False),
        ("日本а.jp", True),
        ("a1-2.example", False),
        ("한국漢字.kr", False),
        ("ㄅㄆ漢字.tw", False),
        ("ラーメンらーめん.jp", False),
        ("한국я.kr", True),
    ],
)
def test_letters_of_several_scripts_in_one_label_are_seen(host: str, mixed: bool) -> None:
    assert hosts.is_mixed(hosts.ascii_host(host)) is mixed


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254",
        "172.16.0.1",
        "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::1.2.3.4", "::8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1",
        "64:ff9b:1::808:808", "100::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:808:808::1",
        "3fff::1", "4000::1", "5f00::1", "fc00::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    found = hosts.address_of(address)
    assert found is not None
    assert not hosts.is_public(found)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_addresses_that_are_public(address: str) -> None:
    found = hosts.address_of(address)
    assert found is not None
    assert hosts.is_public(found)


def test_a_network_holds_its_addresses_in_every_dress() -> None:
    for text in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3"):
        address = hosts.address_of(text)
        assert address is not None
        assert hosts.is_within(address, "10.0.0.0/8")
        assert not hosts.is_within(address, "2001:db8::/32")
        assert not hosts.is_within(address, "a.name")


def test_a_name_or_a_broken_network_holds_no_address() -> None:
    address = hosts.address_of("10.1.2.3")
    assert address is not None
    assert hosts.is_within(address, "intranet.corp") is False
    assert hosts.is_within(address, "10.1.2.3")
    assert hosts.address_of("intranet.corp") is None
