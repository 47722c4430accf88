"""The tasks of bench/objects/work.ts with Python objects, automatic collection as it comes: python3 records.py"""

from time import perf_counter

from answer import answer

CALLS = 10_000
SEED = 0x2545F491


class Referring:
    __slots__ = ("a", "b")


class Numeric:
    __slots__ = ("x", "y")

    def __init__(self):
        self.x = 0.5
        self.y = 0.25


def tree(depth):
    root = Referring()
    if depth > 1:
        root.a = tree(depth - 1)
        root.b = tree(depth - 1)
    return root


def pairs(make):
    def run():
        for _ in range(CALLS):
            make()

    return CALLS, None, run


def lifo(make, live):
    table = [None] * live

    def run():
        for i in range(live):
            table[i] = make()
        for i in range(live - 1, -1, -1):
            table[i] = None

    return live, None, run


def replace(make, live):
    table = [make() for _ in range(live)]
    cells = []
    random = SEED

    # The numbers are drawn off the clock: in Python, that takes longer than making a record.
    def prepare():
        nonlocal random
        cells.clear()
        for _ in range(CALLS):
            random ^= (random << 13) & 0xFFFFFFFF
            random ^= random >> 17
            random ^= (random << 5) & 0xFFFFFFFF
            cells.append(random & (live - 1))

    def run():
        for cell in cells:
            table[cell] = make()

    return CALLS, prepare, run


def trees(depth, beside):
    kept = tree(beside) if beside > 0 else None
    count = max(1, CALLS >> depth)

    def run(kept=kept):
        for _ in range(count):
            tree(depth)

    return count * (2**depth - 1), None, run


def chain(length):
    head = None

    def prepare():
        nonlocal head
        for _ in range(length):
            before = Referring()
            before.a = head
            head = before

    def run():
        nonlocal head
        head = None

    return length, prepare, run


work = None


def begin(task):
    global work
    work = None
    kind = task["kind"]
    make = Referring if task.get("referring", True) else Numeric
    if kind == "pairs":
        work = pairs(make)
    elif kind == "lifo":
        work = lifo(make, task["live"])
    elif kind == "replace":
        work = replace(make, task["live"])
    elif kind == "trees":
        work = trees(task["depth"], task["beside"])
    elif kind == "chain":
        work = chain(task["length"])
    return work is not None


def sample(milliseconds):
    if work is None:
        return None
    operations, prepare, run = work
    elapsed = done = 0
    while elapsed * 1000 < milliseconds:
        if prepare is not None:
            prepare()
        before = perf_counter()
        run()
        elapsed += perf_counter() - before
        done += operations
    return elapsed * 1e9 / done


if __name__ == "__main__":
    answer({"begin": begin, "sample": sample})
