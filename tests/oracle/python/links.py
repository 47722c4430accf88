# Words that make objects and change what they refer to.
# A word holds what it works with until it is done, and lets go of it in the order of its arguments.


def bind(name, o):
    if o is None:
        names.pop(name, None)
    else:
        names[name] = o


def node(x):
    o = Node()
    o.a = o.b = o.c = o.w = None
    note(o)
    o.id = numbers[id(o)]
    bind(x, o)


def fin(x, body):
    o = Fin()
    o.a = o.b = o.c = o.w = None
    note(o)
    o.id = numbers[id(o)]
    o.does = body
    bind(x, o)


def container(x, kind):
    o = KINDS[kind]()
    note(o)
    bind(x, o)


KINDS = {"list": list, "dict": dict, "set": set, "deque": deque}


WIDE = 150  # items, so that arenaria gives the tuple a block of its own


def pack(x, *items):
    found = [names.get(item) for item in items]
    if tuple in map(type, found) and all(map(is_atomic, found)):
        state["nested-tuples"] += 1
        return SKIP
    o = tuple(found)
    if weakref.ref in map(type, found):
        state["hash-of-tuples"] += 1
    found = None
    try:
        hash(o)
    except TypeError:
        pass
    note(o)
    bind(x, o)


def wide(x, *items):
    return pack(x, *items, *[None] * (WIDE - len(items)))


def is_atomic(o):
    return o is None or (type(o) is tuple and all(map(is_atomic, o)))


def freeze_set(x, y):
    v = names.get(y)
    if v is None:
        return SKIP
    try:
        o = frozenset((v,))
    except TypeError:
        say("TypeError")
    else:
        note(o)
        v = None
        bind(x, o)


def let(x, y):
    v = names.get(y)
    bind(x, v)


def forget(x):
    if names.get(x) is None:
        return SKIP
    names.pop(x)


# ── links ────────────────────────────────────────────────────────────────────────────────────────────


def link(x, field, y):
    o = names.get(x)
    v = names.get(y)
    if not is_struct(o):
        return SKIP
    setattr(o, field, v)
    o = None
    v = None


def push(x, y):
    o = names.get(x)
    v = names.get(y)
    if type(o) is not list and type(o) is not deque:
        return SKIP
    o.append(v)
    o = None
    v = None


def unshift(x, y):
    o = names.get(x)
    v = names.get(y)
    if type(o) is list:
        o.insert(0, v)
    elif type(o) is deque:
        o.appendleft(v)
    else:
        return SKIP
    o = None
    v = None


def pop(x):
    o = names.get(x)
    if (type(o) is not list and type(o) is not deque) or len(o) == 0:
        return SKIP
    o.pop()
    o = None


def shift(x):
    o = names.get(x)
    if type(o) is not deque or len(o) == 0:
        return SKIP
    o.popleft()
    o = None


def store(x, i, y):
    o = names.get(x)
    v = names.get(y)
    if type(o) is not list or len(o) == 0:
        return SKIP
    o[i % len(o)] = v
    o = None
    v = None


# A list made when it is needed might lie where an object of the program lay, and be taken for it by what a finalizer looks at.
SPARE = [[] for _ in range(DEPTH + 1)]


def splice(x, i, count, *items):
    o = names.get(x)
    if type(o) is not list:
        return SKIP
    i = min(i, len(o))
    v = SPARE[state["depth"]]
    v.extend(map(names.get, items))
    o[i : i + count] = v
    o = None
    v.reverse()
    while v:
        v.pop()


def put(x, key, y):
    o = names.get(x)
    k = key if type(key) is int else names.get(key)
    v = names.get(y)
    if type(o) is not dict or k is None:
        return SKIP
    try:
        o[k] = v
    except TypeError:
        say("TypeError")
    o = None
    k = None
    v = None


def is_unlooked(o, k):
    """A weak reference that is looked for in what is empty, and gets its hash by that in CPython."""
    if len(o) > 0 or type(k) is not weakref.ref:
        return False
    state["hash-of-look-up"] += 1
    return True


def take(x, key):
    o = names.get(x)
    k = key if type(key) is int else names.get(key)
    if type(o) is not dict or k is None or is_unlooked(o, k):
        return SKIP
    try:
        there = k in o
        if there:
            del o[k]
        say(there)
    except TypeError:
        say("TypeError")
    o = None
    k = None


def add(x, y):
    # One item at most: CPython's sets have no order of their own.
    o = names.get(x)
    v = names.get(y)
    if type(o) is not set or len(o) > 0 or v is None:
        return SKIP
    try:
        o.add(v)
    except TypeError:
        say("TypeError")
    o = None
    v = None


def discard(x, y):
    o = names.get(x)
    v = names.get(y)
    # A set would be looked for as the frozenset that it could be.
    if type(o) is not set or v is None or type(v) is set or is_unlooked(o, v):
        return SKIP
    try:
        o.discard(v)
    except TypeError:
        say("TypeError")
    o = None
    v = None


def clear(x):
    o = names.get(x)
    if type(o) not in (list, dict, set, deque):
        return SKIP
    o.clear()
    o = None


def read(x, y, key):
    o = names.get(y)
    v = None
    if is_struct(o):
        v = getattr(o, "abc"[key % 3])
    elif type(o) in (list, tuple, deque):
        if len(o) == 0:
            return SKIP
        v = o[key % len(o)]
    elif type(o) is dict:
        v = o.get(key)
    elif type(o) in (set, frozenset):
        for v in o:
            pass
    else:
        return SKIP
    o = None
    say(text(v))
    bind(x, v)
