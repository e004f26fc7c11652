"""Ask the processor for memory before it is needed: a profile's place is known long before its turn comes."""

# mypy: allow-untyped-defs

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic  # Numba calls it by these names
def prefetch(typing, array, row, line):  # noqa: ARG001
    """Fetch the `line`-th 64 bytes of row `row` of an array into the cache (LLVM's `llvm.prefetch`); nothing else."""

    def generate(context, builder, signature, arguments):
        kind = signature.args[0]
        held = context.make_array(kind)(context, builder, arguments[0])
        stride = cgutils.unpack_tuple(builder, held.strides, kind.ndim)[0]
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        start = builder.ptrtoint(held.data, stride.type)
        row, line = arguments[1:]
        place = builder.add(start, builder.add(builder.mul(row, stride), builder.shl(line, stride.type(6))))
        fetch = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag]), "llvm.prefetch.p0i8"
        )
        builder.call(fetch, [builder.inttoptr(place, byte), flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate
