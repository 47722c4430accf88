"""The graphs of bench/objects/graph.ts as Python objects, and what gc.collect() takes for them: python3 graphs.py"""

import gc
import random
import sys
from array import array
from time import perf_counter

from answer import answer

SEED = 0x2545F491
NONE = 0xFFFFFFFF


class Node:
    __slots__ = ("a", "b")


class Numbers:
    __slots__ = ("x", "y")


def build(edges, nodes, shuffled, stride):
    """A list of the nodes that are held. It is older than they are: so the collector finds it first, and them through it."""
    held = [None] * -(-nodes // stride)
    every = [Node() for _ in range(nodes)]
    if shuffled:
        random.Random(SEED).shuffle(every)
    targets = iter(edges)
    for node, a, b in zip(every, targets, targets):
        if a != NONE:
            node.a = every[a]
        if b != NONE:
            node.b = every[b]
    held[:] = every[::stride]
    return held


def timed(generation):
    before = perf_counter()
    freed = gc.collect(generation)
    return (perf_counter() - before) * 1000, freed


def graph(path, nodes, shuffled, stride, lives):
    edges = array("I")
    with open(path, "rb") as file:
        edges.frombytes(file.read())
    held = build(edges, nodes, shuffled, stride)
    gc.collect()
    live = [timed(2)[0] for _ in range(lives)]
    del held
    milliseconds, freed = timed(2)
    return {"live": live, "dead": {"milliseconds": milliseconds, "freed": freed}}


def pairs(nodes):
    held = []
    for _ in range(nodes // 2):
        one = Node()
        other = Node()
        one.a = other
        other.a = one
        held.append(one)
    return held


kept = []


def old(nodes):
    global kept
    kept = []
    gc.collect()
    kept = pairs(nodes)
    gc.collect()


def young(nodes, dead, times):
    found = []
    for _ in range(times):
        held = pairs(nodes)
        if dead:
            del held
        found.append(timed(0)[0])
        held = None
        gc.collect(1)
    return found


def size(value):
    """As pymalloc rounds it."""
    return -(-sys.getsizeof(value) // 16) * 16


def bytes_each(kind):
    if kind == "referring":
        return size(Node())
    numbers = Numbers()
    numbers.x, numbers.y = 0.5, 0.25
    return size(numbers) + size(numbers.x) + size(numbers.y)


if __name__ == "__main__":
    gc.disable()
    # What the interpreter itself is made of should not count.
    gc.collect()
    gc.freeze()
    answer({"graph": graph, "old": old, "young": young, "bytes": bytes_each})
