"""The vectors of certificate transparency's reference implementation, and properties over all small trees."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.ledger.tree import (
    EMPTY_ROOT,
    MerkleTree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
NODES = {
    "96": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    "bc": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "0e": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d3": "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
}


def tree_of(leaves):
    tree = MerkleTree()
    for leaf in leaves:
        tree.append(leaf)
    return tree


def simple_root(leaves):
    """The definition in RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(simple_root(leaves[:k]), simple_root(leaves[k:]))


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_reference_implementation(size):
    assert tree_of(LEAVES).root(size).hex() == ROOTS[size]
    assert tree_of(LEAVES[:size]).root().hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [(0, 8, ["96", "5f", "6b"]), (5, 8, ["bc", "ca", "d3"]), (1, 5, None), (0, 1, [])],
)
def test_inclusion_proofs_of_the_reference_implementation(index, size, path):
    proof = tree_of(LEAVES).inclusion_proof(index, size)
    if path == ["bc", "ca", "d3"]:
        assert proof[0] == leaf_hash(LEAVES[4])
        assert [p.hex() for p in proof[1:]] == [NODES["ca"], NODES["d3"]]
    elif path is not None:
        assert [p.hex() for p in proof] == [NODES[name] for name in path]
    else:
        assert [p.hex() for p in proof] == [leaf_hash(LEAVES[0]).hex(), NODES["5f"], NODES["bc"]]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [(1, 1, []), (1, 8, ["96", "5f", "6b"]), (6, 8, ["0e", "ca", "d3"]), (2, 5, ["5f", "bc"])],
)
def test_consistency_proofs_of_the_reference_implementation(old, new, path):
    assert [p.hex() for p in tree_of(LEAVES).consistency_proof(old, new)] == [NODES[name] for name in path]


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_every_root_is_the_definitions(leaves):
    assert tree_of(leaves).root() == simple_root(leaves)


@given(st.integers(1, 70), st.data())
def test_inclusion_verifies_and_nothing_else_does(size, data):
    leaves = [bytes([i]) for i in range(size)]
    tree, root = tree_of(leaves), tree_of(leaves).root()
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(index)
    assert verify_inclusion(leaf_hash(leaves[index]), index, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
    assert not verify_inclusion(leaf_hash(leaves[index]), index, size, [*proof, root], root)
    assert not verify_inclusion(leaf_hash(leaves[index]), size, size, proof, root)
    wrong = data.draw(st.integers(0, size - 1).filter(lambda other: other != index)) if size > 1 else None
    if wrong is not None:
        assert not verify_inclusion(leaf_hash(leaves[index]), wrong, size, proof, root)
    if proof:
        assert not verify_inclusion(leaf_hash(leaves[index]), index, size, proof[:-1], root)
        at = data.draw(st.integers(0, len(proof) - 1))
        broken = [bytes([p[0] ^ 1]) + p[1:] if i == at else p for i, p in enumerate(proof)]
        assert not verify_inclusion(leaf_hash(leaves[index]), index, size, broken, root)


@given(st.integers(0, 70), st.integers(0, 70), st.data())
def test_consistency_verifies_and_nothing_else_does(one, two, data):
    old, new = sorted((one, two))
    tree = tree_of([bytes([i]) for i in range(new)])
    before, after, proof = tree.root(old), tree.root(new), tree.consistency_proof(old, new)
    assert verify_consistency(old, new, before, after, proof)
    other = hashlib.sha256(b"other").digest()
    assert not verify_consistency(old, new, other, after, proof)
    if old:
        assert not verify_consistency(old, new, before, other, proof)
    assert not verify_consistency(old, new, before, after, [*proof, other])
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        broken = [bytes([p[0] ^ 1]) + p[1:] if i == at else p for i, p in enumerate(proof)]
        assert not verify_consistency(old, new, before, after, broken)


def test_a_tree_that_does_not_extend_another_has_no_proof():
    one, two = tree_of([b"a", b"b", b"c"]), tree_of([b"a", b"x", b"c", b"d"])
    assert not verify_consistency(3, 4, one.root(), two.root(), two.consistency_proof(3))
    with pytest.raises(IndexError, match="5 leaves within one of 3"):
        one.consistency_proof(5)
    assert MerkleTree().root() == EMPTY_ROOT
