"""A JSON document as Python objects, in the rounds of bench/json/lifecycle.ts: python3 document.py FILE"""

import gc
import json
import sys
from collections import Counter
from time import perf_counter

from answer import answer

LOADS = 3
QUERIES = 3
FULL = 3
FREQUENT = 5

KINDS = {
    dict: "object",
    list: "array",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def units(text):
    """Length of a string in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def survey(root):
    """The answers of bench/json/survey.ts that do not depend on the order of a walk."""
    kinds = dict.fromkeys(KINDS.values(), 0)
    keys = Counter()
    deepest = longest = 0
    waiting = [(root, 1)]
    while waiting:
        value, depth = waiting.pop()
        kind = type(value)
        kinds[KINDS[kind]] += 1
        if depth > deepest:
            deepest = depth
        if kind is str:
            # A string has at least half as many characters as units.
            if len(value) * 2 > longest:
                longest = max(longest, units(value))
        elif kind is list:
            for item in value:
                waiting.append((item, depth + 1))
        elif kind is dict:
            for key, item in value.items():
                keys[key] += 1
                waiting.append((item, depth + 1))
    return {
        "kinds": kinds,
        "depth": deepest,
        "keys": len(keys),
        "counts": [count for _, count in keys.most_common(FREQUENT)],
        "longest": longest,
    }


def bytes_of(root):
    """Bytes of all objects, each once and rounded up as pymalloc does. Those that Python always has do not count."""
    alignment = 16 if sys.maxsize > 2**32 else 8
    seen = set()
    total = 0
    waiting = [root]
    while waiting:
        value = waiting.pop()
        kind = type(value)
        if value is None or kind is bool or id(value) in seen or (kind is int and -5 <= value <= 256):
            continue
        seen.add(id(value))
        total += -(-sys.getsizeof(value) // alignment) * alignment
        if kind is list:
            waiting.extend(value)
        elif kind is dict:
            waiting.extend(value)
            waiting.extend(value.values())
    return total


class Life:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.bytes = self.wrong_frees = 0

    def round(self):
        times = {"load": [], "query": [], "full": [], "drop": [], "after": []}

        def timed(name, body):
            before = perf_counter()
            result = body()
            times[name].append((perf_counter() - before) * 1000)
            return result

        freed = 0
        for _ in range(LOADS):
            root = None
            gc.collect()
            gc.enable()
            root = timed("load", lambda: json.loads(self.text))
            gc.disable()
            freed += gc.collect()
        if self.bytes == 0:
            self.bytes = bytes_of(root)
        for _ in range(QUERIES):
            answers = timed("query", lambda: survey(root))
        freed += gc.collect()
        for _ in range(FULL):
            timed("full", gc.collect)
        before = perf_counter()
        root = None
        times["drop"].append((perf_counter() - before) * 1000)
        freed += timed("after", gc.collect)
        self.wrong_frees += freed != 0
        return {
            "version": sys.version.split()[0],
            "times": times,
            "back": [],
            "bytes": self.bytes,
            "answers": answers,
            "wrongFrees": self.wrong_frees,
            "left": None,
        }


if __name__ == "__main__":
    answer({"round": Life(sys.argv[1]).round})
