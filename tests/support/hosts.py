"""Hosts with addresses of their own on one machine: network namespaces behind a switch."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from crier.stack import ownership


@dataclass(frozen=True)
class Host:
    """One namespace. A program that `command` starts has its network and this machine's files."""

    name: str
    address: str
    switch: str
    port: str

    def command(self, command: list[str], *, account: str | None = None) -> list[str]:
        """Return what runs a command on this host, as an account of ours where one is named."""
        owner = ownership.account(account) if account else None
        person = [f"-S{owner.pw_uid}", f"-G{owner.pw_gid}"] if owner else []
        return ["nsenter", f"--net=/run/netns/{self.name}", *person, "--", *command]

    def cut(self) -> None:
        """Lose every packet from now on, without a word to anybody."""
        _ip("-n", self.switch, "link", "set", self.port, "down")

    def heal(self) -> None:
        _ip("-n", self.switch, "link", "set", self.port, "up")


@contextmanager
def running_hosts(*names: str) -> Iterator[tuple[str, list[Host]]]:
    """Give this machine's address in a new network, and a host for each name in it.

    The addresses are of those that are kept for tests of networks (RFC 2544). Skips the test where
    the machine does not allow it.
    """
    mark = f"crier{os.getpid()}"
    switch, net = f"{mark}-switch", f"198.18.{os.getpid() % 256}"
    made = [switch]
    try:
        _make_switch(switch)
        _connect(switch, "port1", mark, f"{net}.1")
        hosts = []
        for number, name in enumerate(names, 2):
            host = Host(f"{mark}-{name}", f"{net}.{number}", switch, f"port{number}")
            _ip("netns", "add", host.name)
            made.append(host.name)
            _connect(switch, host.port, "eth0", host.address, host.name)
            hosts.append(host)
        yield f"{net}.1", hosts
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def _make_switch(name: str) -> None:
    if os.geteuid() != 0 or shutil.which("ip") is None or shutil.which("nsenter") is None:
        pytest.skip("hosts of their own need root, ip (iproute2) and nsenter (util-linux)")
    try:
        _ip("netns", "add", name)
        _ip("-n", name, "link", "add", "switch", "type", "bridge")
    except subprocess.CalledProcessError as error:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)
        pytest.skip(f"this machine allows no network namespaces: {error.stderr.strip()}")
    _ip("-n", name, "link", "set", "switch", "up")


def _connect(switch: str, port: str, device: str, address: str, name: str = "") -> None:
    """Connect a port of the switch with a new device of a host, or of this machine."""
    within = ["-n", name] if name else []
    of_host = ["netns", name] if name else []
    _ip("link", "add", device, *of_host, "type", "veth", "peer", "name", port, "netns", switch)
    _ip("-n", switch, "link", "set", port, "master", "switch", "up")
    _ip(*within, "address", "add", f"{address}/24", "dev", device)
    _ip(*within, "link", "set", device, "up")
    if name:
        _ip("-n", name, "link", "set", "lo", "up")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
