"""Where requests come from: homes, carrier gateways, offices, VPN exits, data centres; and client software."""

from __future__ import annotations

import gzip
import ipaddress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_HOME_BLOCKS = (24, 31, 37, 46, 58, 62, 71, 73, 77, 82, 84, 86, 90, 98, 99, 110, 121, 151, 176, 178, 186, 189, 201, 212)
_SPARE_RANGES = ("5.9.0.0/16", "45.76.0.0/16", "51.15.0.0/16", "95.216.0.0/16", "159.89.0.0/16", "167.99.0.0/16")


@dataclass(frozen=True, slots=True)
class Client:
    """Client software: what it says it is, and the fingerprint of its handshake."""

    user_agent: str
    ja4: str

    @property
    def web(self) -> bool:
        """A browser: it has conversations, and no parameters to set."""
        return self.user_agent.startswith("Mozilla")


def _clients() -> dict[str, tuple[Client, ...]]:
    web = tuple(
        Client(f"Mozilla/5.0 ({system}) {browser}", ja4)
        for system in (
            "Windows NT 10.0; Win64; x64",
            "Macintosh; Intel Mac OS X 10_15_7",
            "X11; Linux x86_64",
            "iPhone",
            "Android 15",
        )
        for browser, ja4 in (
            ("Chrome/143.0.0.0 Safari/537.36", "t13d1516h2_8daaf6152771_02713d6af862"),
            ("Chrome/142.0.0.0 Safari/537.36", "t13d1516h2_8daaf6152771_02713d6af862"),
            ("Firefox/146.0", "t13d1715h2_5b57614c22b0_3d5424432f57"),
            ("Version/18.2 Safari/605.1.15", "t13d2014h2_a09f3c656075_14788d8d241b"),
        )
    )
    sdk = tuple(
        Client(f"{agent}/{version}", ja4)
        for agent, versions, ja4 in (
            ("OpenAI/Python", ("1.99.1", "2.3.0", "2.8.1"), "t13d1812h1_85036bcba153_b26ce05bbdd6"),
            ("Anthropic/Python", ("0.66.0", "0.71.0"), "t13d1812h1_85036bcba153_b26ce05bbdd6"),
            ("OpenAI/JS", ("5.12.0", "6.9.0"), "t13d1714h1_5b57614c22b0_7baf387fc6ff"),
            ("python-requests", ("2.31.0", "2.32.3"), "t13d1811h1_85036bcba153_d41ae481755e"),
            ("aiohttp", ("3.9.5", "3.11.11"), "t13d1811h1_85036bcba153_d41ae481755e"),
            ("python-httpx", ("0.27.0", "0.28.1"), "t13d1812h1_85036bcba153_b26ce05bbdd6"),
            ("axios", ("1.7.9", "1.8.2"), "t13d1714h1_5b57614c22b0_7baf387fc6ff"),
            ("litellm", ("1.77.0", "1.80.5"), "t13d1812h1_85036bcba153_b26ce05bbdd6"),
            ("LangChain", ("0.3.1", "1.0.4"), "t13d1812h1_85036bcba153_b26ce05bbdd6"),
            ("Go-http-client", ("2.0",), "t13d1311h2_f57a46bbacb6_78e6aca7449b"),
            ("okhttp", ("4.12.0",), "t13d1613h2_46e7e9700bed_eca864cca44a"),
            ("curl", ("8.5.0", "8.7.1"), "t13d3112h2_e8f1e7e78f70_b26ce05bbdd6"),
        )
        for version in versions
    )
    return {"web": web, "sdk": sdk}


CLIENTS = _clients()


class Network:
    """Hands out addresses. Homes are remembered, so that a residential proxy can be somebody else's home."""

    def __init__(self, folder: Path | None, rng: np.random.Generator) -> None:
        self._rng = rng
        self.homes: list[str] = []
        self._hosting = _ranges(folder, "datacenter_ipv4.txt.gz")
        vpn = _ranges(folder, "vpn_ipv4.txt")
        self.vpn_exits = [self._inside(vpn[int(at)]) for at in rng.integers(0, len(vpn), 45)]
        self.carriers = [self._home_address() for _ in range(40)]
        self._carrier_weight = rng.dirichlet(np.full(40, 0.7))

    def _inside(self, network: ipaddress.IPv4Network) -> str:
        return str(network[int(self._rng.integers(0, min(network.num_addresses, 65_000)))])

    def _home_address(self) -> str:
        first = _HOME_BLOCKS[int(self._rng.integers(len(_HOME_BLOCKS)))]
        b, c, d = (int(x) for x in self._rng.integers(1, 255, 3))
        return f"{first}.{b}.{c}.{d}"

    def home(self) -> str:
        """A new home's address."""
        address = self._home_address()
        self.homes.append(address)
        return address

    def carrier(self) -> str:
        """A gateway of a mobile carrier: many customers behind each, some with hundreds."""
        return self.carriers[int(self._rng.choice(len(self.carriers), p=self._carrier_weight))]

    def vpn(self) -> str:
        """An exit of a VPN service that anybody may rent."""
        return self.vpn_exits[int(self._rng.integers(len(self.vpn_exits)))]

    def someone_elses_home(self) -> str:
        """A residential proxy: mostly the home of another customer."""
        if self.homes and self._rng.random() < 0.6:
            return self.homes[int(self._rng.integers(len(self.homes)))]
        return self._home_address()

    def machines(self, count: int, subnets: int = 1) -> list[str]:
        """`count` rented machines in so many /24 blocks of data centres."""
        blocks = []
        for _ in range(max(1, subnets)):
            whole = self._hosting[int(self._rng.integers(len(self._hosting)))]
            base = int(whole.network_address) + 256 * int(self._rng.integers(0, max(1, whole.num_addresses // 256)))
            blocks.append(base)
        return [
            str(ipaddress.IPv4Address(blocks[at % len(blocks)] + int(self._rng.integers(2, 254))))
            for at in range(count)
        ]

    def client(self, style: str) -> Client:
        """Software of a style, `web` or `sdk`: a few common ones, and a tail."""
        choice = CLIENTS[style]
        return choice[min(int(self._rng.exponential(len(choice) / 3)), len(choice) - 1)]


def _ranges(folder: Path | None, name: str) -> list[ipaddress.IPv4Network]:
    path = folder / "infra" / name if folder else None
    if path is None or not path.is_file():
        return [ipaddress.IPv4Network(text) for text in _SPARE_RANGES]
    text = gzip.decompress(path.read_bytes()).decode() if name.endswith(".gz") else path.read_text(encoding="utf-8")
    lines = text.split()
    return [ipaddress.IPv4Network(line) for line in lines[:: max(1, len(lines) // 3000)]]
