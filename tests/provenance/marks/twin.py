"""What the kernels compute, in plain Python: the definition that they are held to."""

from __future__ import annotations

MASK = (1 << 64) - 1


def rotate(x, n):
    return ((x << n) | (x >> (64 - n))) & MASK


def siphash(key: bytes, message: bytes) -> int:
    """SipHash-2-4, as the paper writes it."""
    k0, k1 = (int.from_bytes(key[i : i + 8], "little") for i in (0, 8))
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def turn():
        v[0] = (v[0] + v[1]) & MASK
        v[2] = (v[2] + v[3]) & MASK
        v[1], v[3] = rotate(v[1], 13) ^ v[0], rotate(v[3], 16) ^ v[2]
        v[0] = rotate(v[0], 32)
        v[2] = (v[2] + v[1]) & MASK
        v[0] = (v[0] + v[3]) & MASK
        v[1], v[3] = rotate(v[1], 17) ^ v[2], rotate(v[3], 21) ^ v[0]
        v[2] = rotate(v[2], 32)

    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) & 0xFF])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        v[3] ^= word
        turn()
        turn()
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(4):
        turn()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def finish(h):
    """The finaliser of murmur3."""
    h ^= h >> 33
    h = h * 0xFF51AFD7ED558CCD & MASK
    h ^= h >> 33
    h = h * 0xC4CEB9FE1A85EC53 & MASK
    return h ^ h >> 33


def word(words, role, token):
    key = b"".join(int(w).to_bytes(8, "little") for w in words)
    return siphash(key, token.to_bytes(7, "little") + bytes([role]))


def draw(words, context, token):
    """32-bit draw of a pair under the two words of a key; the context's nearest token first."""
    head = 0
    for place, one in enumerate(context):
        head ^= word(words, place + 1, one)
    if len(context) > 1:
        head = finish(head)
    return finish(head ^ word(words, 0, token)) >> 32
