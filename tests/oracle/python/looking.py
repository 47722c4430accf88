# Words that look, and those for the collector.
def count_refs(x):
    # Calls in between hold what finalizers are called with.
    if state["depth"] > 0:
        return SKIP
    o = names.get(x)
    if o is None:
        return SKIP
    # Less those of this call.
    say(sys.getrefcount(o) - OWN_COUNT)


def measure():
    global OWN_COUNT
    o = object()
    OWN_COUNT = sys.getrefcount(o)


measure()


def tracked(x):
    o = names.get(x)
    if o is None:
        return SKIP
    say(gc.is_tracked(o))


def finalized(x):
    o = names.get(x)
    if o is None:
        return SKIP
    say(gc.is_finalized(o))


def size(x):
    o = names.get(x)
    if type(o) not in (list, dict, set, deque, tuple):
        return SKIP
    say(len(o))


# Lists that are there before any program: one made later might lie where an object of the program lay.
found = []
merged = []
TYPES = {Node, Fin, list, dict, set, deque, tuple, frozenset, weakref.ref}


def is_of_python(o):
    """The tuple of weak references and callbacks that is made where an object with several dies."""
    return type(o) is tuple and len(o) > 1 and type(o[1]) in (FUNCTION, weakref.finalize)


FUNCTION = type(is_of_python)


def listed(generation):
    """Addresses of the program's objects in the generation's list, in its order."""
    found.clear()
    for o in gc.get_objects(generation=generation):
        if id(o) in numbers and type(o) in TYPES and not is_of_table(o) and not is_of_python(o):
            found.append(id(o))
    return found


def census():
    line = ""
    if state["collecting"]:
        state["called-references"] += 1
        TYPES.remove(weakref.ref)
    for generation in (0, 1, 2):
        line += " | " if generation else ""
        line += " ".join([f"#{number}" for number in sorted([numbers[at] for at in listed(generation)])])
    TYPES.add(weakref.ref)
    say(line)


# ── the collector ────────────────────────────────────────────────────────────────────────────────────


def verify():
    """For arenaria."""


def collect(generation):
    if not state["collecting"]:
        sort(generation)
        note_places(generation)
        reached.clear()
        state["reached"] = None
    state["collecting"] += 1
    collected = gc.collect(generation)
    state["collecting"] -= 1
    say(collected)
    if not state["collecting"] and state["reached"] is not None:
        put_back(min(generation + 1, 2))
        age_revived(min(generation + 1, 2))


# What a collection has reached, and how old the youngest of it is: known when the first finalizer or callback runs.
reached = set()
revived = []


def note_reached():
    for generation in (0, 1, 2):
        reached.update(listed(generation))
    state["reached"] = state["age"]


def age_revived(generation):
    """What finalizers and callbacks have revived comes behind what was reached, before what was made since; among itself in order of age."""
    revived.clear()
    for at in listed(generation):
        if ages[at] <= state["reached"] and at not in reached:
            revived.append(at)
    revived.sort(key=ages.__getitem__)
    for i, at in enumerate(revived):
        ages[at] = state["reached"] + (i + 1) / 1024


def freeze():
    if state["depth"] > 0:
        return SKIP
    gc.freeze()


def unfreeze():
    if state["depth"] > 0:
        return SKIP
    gc.unfreeze()


def throw():
    if state["depth"] == 0:
        return SKIP
    raise Boom
