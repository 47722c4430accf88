# Words about weak references, and about tables of them that are not the program's own.
def can_be_weak(o):
    return is_struct(o) or type(o) in (set, frozenset, deque)


def ref(x, y):
    v = names.get(y)
    if v is None:
        return SKIP
    if not can_be_weak(v):
        try:
            weakref.ref(v)
        except TypeError:
            say("TypeError")
        return
    count = weakref.getweakrefcount(v)
    o = weakref.ref(v)
    if weakref.getweakrefcount(v) > count:
        note(o)
    say(text(o))
    v = None
    bind(x, o)


def call_ref(x, y, body):
    v = names.get(y)
    if not can_be_weak(v):
        return SKIP
    o = weakref.ref(v, CALLBACKS[body])
    note(o)
    v = None
    bind(x, o)


def watch(y):
    v = names.get(y)
    if not can_be_weak(v):
        return SKIP
    o = weakref.ref(v, CALLBACKS[None])
    note(o)
    watches.append(o)
    v = None
    o = None


def unwatch(i):
    if not watches:
        return SKIP
    del watches[i % len(watches)]


def deref(x, y):
    o = names.get(y)
    if type(o) is not weakref.ref:
        return SKIP
    v = o()
    o = None
    say(text(v))
    bind(x, v)


def answers():
    say(" ".join([f"{name}:{text(o())}" for name, o in sorted(names.items()) if type(o) is weakref.ref and name != "self"]))


def refs(x):
    o = names.get(x)
    if o is None:
        return SKIP
    found = " ".join([text(one) for one in weakref.getweakrefs(o)])
    say(f"{weakref.getweakrefcount(o)}: {found}")


def has_callback(x):
    o = names.get(x)
    if type(o) is not weakref.ref or o() is None:
        return SKIP
    say(o.__callback__ is not None)


def made_by(v, make):
    """Makes a weak reference to v that is not the program's, and has no number, wherever it lies."""
    before = set(map(id, weakref.getweakrefs(v)))
    made = make()
    for o in weakref.getweakrefs(v):
        if id(o) not in before:
            numbers.pop(id(o), None)
    return made


def link_weak(x, y):
    o = names.get(x)
    v = names.get(y)
    if not is_struct(o):
        return SKIP
    if v is None:
        o.w = None
    elif can_be_weak(v):
        o.w = made_by(v, lambda: weakref.ref(v))
    else:
        say("TypeError")
    o = None
    v = None


def read_weak(x, y):
    o = names.get(y)
    if not is_struct(o):
        return SKIP
    v = None if o.w is None else o.w()
    o = None
    say(text(v))
    bind(x, v)


def tell(number):
    say(f"function {number}")


def on_death(y):
    v = names.get(y)
    if not can_be_weak(v):
        return SKIP
    finalizers.append(made_by(v, lambda: weakref.finalize(v, tell, len(finalizers))))
    v = None


def call_now(i):
    if not finalizers:
        return SKIP
    finalizers[i % len(finalizers)]()


def detach(i):
    if not finalizers:
        return SKIP
    say(finalizers[i % len(finalizers)].detach() is not None)


# Tables of weak references, not the program's own.
values = weakref.WeakValueDictionary()
keys = weakref.WeakKeyDictionary()
members = weakref.WeakSet()
OF_TABLES = {values._remove, keys._remove, members._remove}


def is_of_table(o):
    return type(o) is weakref.KeyedRef or (type(o) is weakref.ref and o.__callback__ in OF_TABLES)


class Probe(weakref.ref):
    """What looks something up without the shared reference, which would keep the hash."""

    __slots__ = ()


def key_for(o, table):
    """What o is looked up with. arenaria needs no hash to find that nothing is in an empty table."""
    if len(table) > 0:
        return weakref.ref(o)
    if any([one.__callback__ is None for one in weakref.getweakrefs(o)]):
        state["hash-of-look-up"] += 1
    return Probe(o)


def value_put(key, y):
    v = names.get(y)
    if v is None:
        return SKIP
    try:
        values[key] = v
    except TypeError:
        say("TypeError")
    v = None


def value_take(key):
    try:
        del values[key]
        say(True)
    except KeyError:
        say(False)


def key_put(x, y):
    o = names.get(x)
    v = names.get(y)
    if o is None:
        return SKIP
    try:
        keys[o] = v
    except TypeError:
        say("TypeError")
    o = None
    v = None


def key_take(x):
    o = names.get(x)
    if o is None:
        return SKIP
    try:
        del keys.data[key_for(o, keys.data)]
        say(True)
    except KeyError:
        say(False)
    except TypeError:
        say("TypeError")
    o = None


def set_put(x):
    o = names.get(x)
    if o is None:
        return SKIP
    try:
        members.add(o)
    except TypeError:
        say("TypeError")
    o = None


def set_take(x):
    o = names.get(x)
    if o is None:
        return SKIP
    try:
        members.data.discard(key_for(o, members.data))
    except TypeError:
        say("TypeError")
    o = None


def tables():
    line = " ".join([f"{key}:{text(v)}" for key, v in values.items()])
    line += " | " + " ".join([f"{text(o)}:{text(v)}" for o, v in keys.items()])
    line += " | " + " ".join([f"#{number}" for number in sorted([numbers[id(o)] for o in members])])
    say(f"{len(values)} {len(keys)} {len(members)}: {line}")


def clear_tables():
    values.clear()
    for o in members:
        members.discard(o)
        o = None
    found = list(keys.keys())
    for i in range(len(found)):
        keys.pop(found[i], None)
    found.reverse()
    while found:
        found.pop()
    # Those whose referents died without a callback: they were put there by a finalizer, when its object was trash.
    members.data.clear()
    keys.data.clear()
