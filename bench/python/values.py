"""The tasks of bench/values/task.ts done by Python itself: python3 values.py [FILE…]

Times are those of a loop less those of the same loop around nothing. The files are those that tasks name.
"""

import json
import random
from collections import deque

from work import CALLS, nothing, serve

SEED = 0x2545F491


def integer_keys(size):
    keys = [i * 7 for i in range(size)]
    random.Random(SEED).shuffle(keys)
    return keys


def key_source(keys, size):
    """A function that gives the keys of a run: the same each time, or strings that are made anew."""
    integers = integer_keys(size)
    if keys == "integers":
        return lambda: integers
    raw = "".join(f"k{key:07}" for key in integers).encode()

    def make():
        return [raw[at : at + 8].decode() for at in range(0, len(raw), 8)]

    if keys == "new strings":
        return make
    hot = make()
    return lambda: hot


def list_push(size):
    numbers = range(size)

    def run():
        made = []
        for number in numbers:
            made.append(number)

    def empty():
        for number in numbers:
            pass

    return size, nothing, run, empty


def list_read(size):
    items = list(range(size))
    places = [key // 7 for key in integer_keys(size)]

    def run():
        for place in places:
            items[place]

    def empty():
        for place in places:
            pass

    return size, nothing, run, empty


def queue(size):
    items = deque(range(size))
    numbers = range(CALLS)

    def run():
        for number in numbers:
            items.append(number)
            items.popleft()

    def empty():
        for number in numbers:
            pass

    return CALLS, nothing, run, empty


def keyed(kind, keys, size):
    source = key_source(keys, size)
    now = source()
    held = dict.fromkeys(now, 1)
    members = set(now)

    def prepare():
        nonlocal now
        now = source()

    def dict_get():
        for key in now:
            held[key]

    def dict_set():
        for key in now:
            held[key] = 2

    def dict_fill():
        made = {}
        for key in now:
            made[key] = 1

    def set_has():
        for key in now:
            key in members

    def set_fill():
        made = set()
        for key in now:
            made.add(key)

    def empty():
        for key in now:
            pass

    runs = {
        "dict get": dict_get,
        "dict set": dict_set,
        "dict fill": dict_fill,
        "set has": set_has,
        "set fill": set_fill,
    }
    return size, prepare, runs[kind], empty


def read(file):
    with open(file, encoding="utf-8") as opened:
        return opened.read()


def parse(file):
    text = read(file)
    made = None

    def prepare():
        nonlocal made
        made = None

    def run():
        nonlocal made
        made = json.loads(text)

    return 1, prepare, run, nothing


def drop(file):
    text = read(file)
    made = None

    def prepare():
        nonlocal made
        made = json.loads(text)

    def run():
        nonlocal made
        made = None

    return 1, prepare, run, nothing


def work(task):
    kind = task["kind"]
    single = {"list push": list_push, "list read": list_read, "queue": queue}
    files = {"parse": parse, "drop": drop}
    if kind in single:
        return single[kind](task["size"])
    if kind in files:
        return files[kind](task["file"])
    return keyed(kind, task["keys"], task["size"]) if "keys" in task else None


if __name__ == "__main__":
    serve(work)
