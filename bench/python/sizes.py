"""Bytes of Python's own objects as sys.getsizeof tells, made in the ways of bench/values/sizes.ts: python3 sizes.py"""

import sys
from array import array
from collections import deque

from answer import answer

FIRST = {"ASCII": "a", "Latin-1": "\xe0", "UCS-2": "\u4e00", "non-BMP": "\U0001f600"}


def literal(text):
    return eval(text)


def pushed(made, push, items):
    for item in items:
        push(made, item)
    return made


def listed(way, n):
    if way == "one by one":
        return pushed([], list.append, range(n))
    if way == "literal":
        return literal("[" + ",".join(map(str, range(n))) + "]")
    return list(range(n)) if way == "sequence" else list(i for i in range(n))


def keyed(way, keys):
    if way == "one by one":
        return pushed({}, lambda made, key: made.__setitem__(key, 1), keys)
    if way == "literal":
        return literal("{" + ",".join(f"{key!r}: 1" for key in keys) + "}")
    pairs = [(key, 1) for key in keys]
    return dict(pairs) if way == "sequence" else dict(pair for pair in pairs)


def collected(way, n):
    if way == "one by one":
        return pushed(set(), set.add, range(n))
    if way == "literal":
        return literal("{" + ",".join(map(str, range(n))) + "}") if n > 0 else set()
    return set(range(n)) if way == "sequence" else set(i for i in range(n))


def queued(way, n):
    return pushed(deque(), deque.append, range(n)) if way == "one by one" else deque(range(n))


def arrayed(way, n):
    return pushed(array("i"), array.append, range(n)) if way == "one by one" else array("i", range(n))


def text(contents, n):
    if contents == "ASCII but one UCS-2":
        return "a" * (n - 1) + FIRST["UCS-2"] if n > 0 else ""
    return FIRST[contents] * n


def make(kind, contents, way, n):
    if kind == "list":
        return listed(way, n)
    if kind == "dict":
        return keyed(way, [f"k{i}" for i in range(n)] if contents == "str keys" else list(range(n)))
    if kind == "set":
        return collected(way, n)
    if kind == "frozenset":
        return frozenset(range(n)) if way == "sequence" else frozenset(i for i in range(n))
    if kind == "tuple":
        return tuple(range(n)) if way == "sequence" else tuple(i for i in range(n))
    if kind == "str":
        return text(contents, n)
    if kind == "bytes":
        return b"a" * n
    if kind == "int":
        # The largest number of so many bits.
        return 2**n - 1
    if kind == "float":
        return 0.5
    return queued(way, n) if kind == "deque" else arrayed(way, n)


def sizes(kind, contents, way, lengths):
    return [sys.getsizeof(make(kind, contents, way, n)) for n in lengths]


if __name__ == "__main__":
    answer({"sizes": sizes})
