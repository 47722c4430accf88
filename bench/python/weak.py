"""The tasks of bench/weak/task.ts done by Python itself: python3 weak.py

Times are those of a loop less those of the same loop around nothing.
"""

import gc
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary, finalize, ref

from work import nothing, serve

OBJECTS = 1000


class Node:
    __slots__ = ("next", "weak", "__weakref__")


class Finalized(Node):
    __slots__ = ()

    def __del__(self):
        global called
        called += 1


called = 0


def call_back(dead):
    global called
    if dead() is None:
        called += 1


def last():
    global called
    called += 1


def opened(collection):
    return {"values": WeakValueDictionary, "keys": WeakKeyDictionary, "set": WeakSet}[collection]()


def filler(collection):
    """Puts in the entries of nodes, which are given in pairs with their numbers."""

    def values(entries, pairs):
        for i, node in pairs:
            entries[i] = node

    def keys(entries, pairs):
        for i, node in pairs:
            entries[node] = i

    def members(entries, pairs):
        for i, node in pairs:
            entries.add(node)

    return {"values": values, "keys": keys, "set": members}[collection]


def insert(collection, size):
    fill = filler(collection)
    pairs = [(i, Node()) for i in range(size)]
    entries = None

    def prepare():
        nonlocal entries
        entries = opened(collection)

    def run():
        fill(entries, pairs)

    def empty():
        for i, node in pairs:
            pass

    return size, prepare, run, empty


def lookup(collection, size):
    pairs = [(i, Node()) for i in range(size)]
    entries = opened(collection)
    filler(collection)(entries, pairs)

    def values():
        for i, node in pairs:
            entries[i]

    def keys():
        for i, node in pairs:
            entries[node]

    def members():
        for i, node in pairs:
            node in entries

    def empty():
        for i, node in pairs:
            pass

    return size, nothing, {"values": values, "keys": keys, "set": members}[collection], empty


def deaths(make, size, end, arrange, check):
    """The deaths of nodes that a list holds, all of them old. Those that a collection is to free refer to themselves."""
    places = range(size)
    other = [None] * size
    held = []

    def prepare():
        held[:] = [make() for _ in range(size)]
        if end == "collected":
            for node in held:
                node.next = node
            del node
        arrange(held)
        gc.collect()
        if end == "collected":
            held.clear()

    def singly():
        for place in places:
            held[place] = None
        check()

    def together():
        held.clear()
        check()

    def collected():
        if gc.collect() < size:
            raise RuntimeError("not all objects were collected")
        check()

    def empty():
        for place in places:
            other[place] = None

    runs = {"singly": singly, "together": together, "collected": collected}
    return size, prepare, runs[end], empty if end == "singly" else nothing


def entries_die(collection, end, size):
    fill = filler(collection)
    entries = None

    def arrange(nodes):
        nonlocal entries
        entries = opened(collection)
        fill(entries, enumerate(nodes))

    def check():
        if len(entries) != 0:
            raise RuntimeError(f"{len(entries)} entries were left")

    return deaths(Node, size, end, arrange, check)


def objects_die(rite, end, size):
    calls = 0 if rite in ("nothing", "reference") else size
    refs = []

    def arrange(nodes):
        global called
        refs.clear()
        called = 0
        if rite == "reference":
            refs.extend([ref(node) for node in nodes])
        elif rite == "callback":
            refs.extend([ref(node, call_back) for node in nodes])
        elif rite == "finalize":
            for node in nodes:
                finalize(node, last)

    def check():
        if called != calls:
            raise RuntimeError(f"{called} calls of {calls} were made")

    return deaths(Finalized if rite == "finalizer" else Node, size, end, arrange, check)


def references(kind):
    nodes = [Node() for _ in range(OBJECTS)]
    refs = [ref(node) for node in nodes] if kind in ("again", "deref") else []

    def make():
        for node in nodes:
            ref(node)

    def make_with_callback():
        for node in nodes:
            ref(node, call_back)

    def deref():
        for known in refs:
            known()

    def empty():
        for node in nodes:
            pass

    # That refs lives as long as the work does is what tells "again" from "make".
    runs = {"make": make, "again": lambda: make() or refs, "make with callback": make_with_callback, "deref": deref}
    return OBJECTS, nothing, runs[kind], empty


def fields(kind):
    nodes = [Node() for _ in range(OBJECTS)]
    pairs = list(zip(nodes, reversed(nodes)))
    for node, other in pairs:
        node.weak = ref(other)

    def read():
        for node, other in pairs:
            node.weak()

    def write():
        for node, other in pairs:
            node.weak = ref(other)

    def empty():
        for node, other in pairs:
            pass

    return OBJECTS, nothing, read if kind == "read field" else write, empty


def work(task):
    gc.collect()
    gc.freeze()
    match task["kind"]:
        case "insert":
            return insert(task["collection"], task["size"])
        case "lookup":
            return lookup(task["collection"], task["size"])
        case "entries die":
            return entries_die(task["collection"], task["end"], task["size"])
        case "objects die":
            return objects_die(task["rite"], task["end"], task["size"])
        case "read field" | "write field" as kind:
            return fields(kind)
        case kind:
            return references(kind)


if __name__ == "__main__":
    serve(work)
