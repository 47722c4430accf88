"""A tree as Python objects, in the rounds of bench/ast/lifecycle.ts: python3 tree.py FILE FRESH

FILE is what writeTree in bench/ast/tree.ts wrote.
"""

import gc
import sys
from array import array
from time import perf_counter

from answer import answer

WALKS = 3
YOUNG = 15
FULL = 3


class Node:
    __slots__ = ("kind", "start", "end", "flags", "parent", "first_child", "next_sibling")

    def __init__(self, kind, start, end, flags, parent):
        self.kind = kind
        self.start = start
        self.end = end
        self.flags = flags
        self.parent = parent
        self.first_child = None
        self.next_sibling = None


def read_columns(path):
    numbers = array("i")
    with open(path, "rb") as file:
        numbers.frombytes(file.read())
    count = len(numbers) // 6
    return [numbers[i * count : (i + 1) * count] for i in range(6)]


def build(columns):
    nodes = []
    for kind, start, end, flags, parent, previous in zip(*columns):
        above = None if parent < 0 else nodes[parent]
        node = Node(kind, start, end, flags, above)
        nodes.append(node)
        if previous >= 0:
            nodes[previous].next_sibling = node
        elif above is not None:
            above.first_child = node
    return nodes[0]


def walk(root, visit=None):
    total = 0
    at = root
    while at is not None:
        total += at.end - at.start + at.kind
        if visit is not None:
            visit(at)
        following = at.first_child
        while following is None and at is not None:
            following = at.next_sibling
            at = at.parent
        at = following
    return total


def bytes_of(root):
    """Bytes of all nodes and of the integers that are no small ones, rounded up as pymalloc does."""
    alignment = 16 if sys.maxsize > 2**32 else 8
    total = 0

    def add(node):
        nonlocal total
        for part in (node, node.start, node.end):
            if part is node or part > 256:
                total += -(-sys.getsizeof(part) // alignment) * alignment

    walk(root, add)
    return total


def make_fresh(count, root):
    last = None
    for i in range(count):
        node = Node(0, i, i, 0, root)
        node.next_sibling = last
        last = node
    return last


class Life:
    def __init__(self, path, fresh_count):
        self.columns = read_columns(path)
        self.fresh_count = fresh_count
        self.count = len(self.columns[0])
        # A root alone is in no cycle, and dies at once.
        self.cycle = self.count if self.count > 1 else 0
        kind, start, end = self.columns[:3]
        self.sum = sum(end) - sum(start) + sum(kind)
        self.bytes = self.wrong_walks = self.wrong_frees = 0

    def round(self):
        times = {"build": [], "walk": [], "young": [], "full": [], "free": []}

        def timed(name, body):
            before = perf_counter()
            result = body()
            times[name].append((perf_counter() - before) * 1000)
            return result

        gc.collect()
        gc.enable()
        root = timed("build", lambda: build(self.columns))
        gc.disable()
        gc.collect()
        if self.bytes == 0:
            self.bytes = bytes_of(root)
        for _ in range(WALKS):
            self.wrong_walks += timed("walk", lambda: walk(root)) != self.sum
        for _ in range(YOUNG):
            fresh = make_fresh(self.fresh_count, root)
            timed("young", lambda: gc.collect(0))
            fresh = None
        gc.collect()
        for _ in range(FULL):
            timed("full", gc.collect)
        root = None
        self.wrong_frees += timed("free", gc.collect) != self.cycle
        return {
            "version": sys.version.split()[0],
            "times": times,
            "otherwise": [],
            "bytesPerNode": self.bytes / self.count,
            "wrongWalks": self.wrong_walks,
            "wrongFrees": self.wrong_frees,
            "left": None,
        }


if __name__ == "__main__":
    answer({"round": Life(sys.argv[1], int(sys.argv[2])).round})
