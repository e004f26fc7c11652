"""What Numba has no word for: memory is asked for before it is needed, and entries are moved at once.

Both take a whole array and the number of a row: a row taken as an array of its own costs Numba more than what is done
here.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_BYTES = ir.IntType(8).as_pointer()


def _place(context, builder, kind, array, *indices):
    """The address of an entry of an array, or of a row of it, as a number; and the strides and the shape."""
    held = context.make_array(kind)(context, builder, array)
    strides, shape = (cgutils.unpack_tuple(builder, values, kind.ndim) for values in (held.strides, held.shape))
    place = builder.ptrtoint(held.data, strides[0].type)
    for index, stride in zip(indices, strides, strict=False):
        place = builder.add(place, builder.mul(index, stride))
    return place, strides, shape


@intrinsic  # Numba calls it by these names
def prefetch(typing, array, row, line):  # noqa: ARG001
    """Fetch the `line`-th 64 bytes of row `row` of an array into the cache (LLVM's `llvm.prefetch`); nothing else."""

    def generate(context, builder, signature, arguments):
        array, row, line = arguments
        place, strides, _ = _place(context, builder, signature.args[0], array, row)
        place = builder.add(place, builder.shl(line, strides[0].type(6)))
        flag = ir.IntType(32)
        fetch = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [_BYTES, flag, flag, flag]), "llvm.prefetch.p0i8"
        )
        builder.call(fetch, [builder.inttoptr(place, _BYTES), flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate


@intrinsic
def make_room(typing, lists, row, place):  # noqa: ARG001
    """Move the entries of the list in row `row` from `place` on one place up; the last is lost."""

    def generate(context, builder, signature, arguments):
        lists, row, place = arguments
        start, strides, shape = _place(context, builder, signature.args[0], lists, row, place)
        moved = builder.sub(builder.sub(shape[1], place), shape[1].type(1))
        source, target = (builder.inttoptr(at, _BYTES) for at in (start, builder.add(start, strides[1])))
        cgutils.raw_memmove(builder, target, source, builder.mul(moved, strides[1]), 1)
        return context.get_dummy_value()

    return types.void(lists, types.intp, types.intp), generate
