# What a program of the oracle has while it runs in CPython. The files of this directory are one module: python.ts joins them.
import ctypes, gc, json, sys, weakref
from collections import deque

gc.disable()


class Node:
    __slots__ = ("a", "b", "c", "id", "w", "__weakref__")


class Fin:
    __slots__ = ("a", "b", "c", "id", "w", "__weakref__", "does")

    def __del__(self):
        # A death by count, not a collection: the object is the youngest there is from here on.
        if not gc.is_finalized(self):
            age(self)
        perform(self.does, self, "finalizer of")


# ── what a program has ───────────────────────────────────────────────────────────────────────────────

ROUNDS = 400  # so many words a program may use, those of finalizers and callbacks included
DEPTH = 12  # so many finalizers and callbacks may run inside each other

names = {}
numbers = {}  # the number of each object, by its address
ages = {}  # by address: the later tracked, the larger
watches = []
finalizers = []
bodies = []
log = []
RULES = ("order-of-survivors", "nested-tuples", "hash-of-look-up", "called-references", "hash-of-tuples")
state = {"step": 0, "number": 0, "age": 0, "left": ROUNDS, "depth": 0, "collecting": 0, "reached": None} | dict.fromkeys(RULES, 0)


def say(text):
    log.append(f"{state['step']} {text}")


def age(o):
    state["age"] += 1
    ages[id(o)] = state["age"]


def note(o):
    numbers[id(o)] = state["number"]
    state["number"] += 1
    age(o)


def text(o):
    if o is None:
        return "null"
    if is_of_table(o):
        return "table"
    return f"#{numbers.get(id(o), '?')}"


def is_struct(o):
    return type(o) is Node or type(o) is Fin


def perform(body, o, what):
    """Runs a body of a finalizer or of a callback; o is what it is called with."""
    if state["collecting"] and state["reached"] is None:
        note_reached()
    say(f"{what} {text(o)}")
    if body is None or state["depth"] >= DEPTH:
        return
    state["depth"] += 1
    before = names.get("self")
    names["self"] = o
    try:
        for word, given in bodies[body]:
            use(word, given)
    finally:
        if before is None:
            del names["self"]
        else:
            names["self"] = before
        state["depth"] -= 1


def use(word, given):
    state["left"] -= 1
    if state["left"] < 0:
        return
    if word(*given) is SKIP:
        say("skipped")


SKIP = object()


def callback(body):
    def call(ref):
        perform(body, ref, "callback of")

    return call


CALLBACKS = {body: callback(body) for body in [None, *range(8)]}


def unraisable(event):
    what = "finalizer" if "deallocator" in event.err_msg else "callback"
    say(f"ignored {type(event.exc_value).__name__} in {what}")


sys.unraisablehook = unraisable


class Boom(Exception):
    pass
