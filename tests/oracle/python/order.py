# Puts the collector's lists in order, and keeps Python's own objects out of them.
# A collection goes through its list from first to last, and so do finalizers, callbacks and tp_clear. New objects are
# appended, so that this is the order of creation, until a collection has moved survivors that it met before those that refer
# to them, or has put generation 1 after generation 0. Before each collection the program's objects are put in
# order again: the links of their heads (two words before each object: next, and previous with two flags) are rewritten.

memory = memoryview((ctypes.c_uint32 * (1 << 28)).from_address(0)).cast("B").cast("I")


def heads():
    """Addresses of the heads of the three lists, and of the one of frozen objects."""
    places = []
    gc.collect()
    gc.freeze()
    probe = []
    # The only object of its list: what comes after it is the head.
    for generation in (0, 1, 2):
        places.append(memory[(id(probe) - 8) >> 2])
        gc.collect(generation)
    gc.freeze()
    # The last one.
    places.append(memory[(id(probe) - 8) >> 2])
    return places


def hide():
    """Takes Python's own objects out of the collector's lists. gc.freeze would do the same, but for programs that unfreeze."""
    gc.collect()
    gc.freeze()
    first = memory[FROZEN >> 2]
    last = memory[(FROZEN + 4) >> 2]
    memory[FROZEN >> 2] = memory[(FROZEN + 4) >> 2] = FROZEN
    memory[HIDDEN >> 2] = first
    memory[(HIDDEN + 4) >> 2] = last
    memory[(first + 4) >> 2] = HIDDEN | (memory[(first + 4) >> 2] & 3)
    memory[last >> 2] = HIDDEN


*HEADS, FROZEN = heads()
hidden = (ctypes.c_uint32 * 2)()
HIDDEN = ctypes.addressof(hidden)

MERGED = ((0,), (1, 0), (2, 0, 1))


def sort(generation):
    merged.clear()
    for each in MERGED[generation]:
        merged.extend(listed(each))
    ordered = sorted(merged, key=ages.__getitem__)
    if ordered == merged:
        return
    state["order-of-survivors"] += 1
    for at in ordered:
        relink(at, HEADS[generation])


def relink(at, head):
    """Moves an object to the end of the list with this head."""
    node = at - 8
    after = memory[node >> 2]
    before = memory[(node + 4) >> 2]
    flags = before & 3
    before &= ~3
    memory[before >> 2] = after
    memory[(after + 4) >> 2] = before | (memory[(after + 4) >> 2] & 3)
    last = memory[(head + 4) >> 2]
    memory[last >> 2] = node
    memory[node >> 2] = head
    memory[(node + 4) >> 2] = last | flags
    memory[(head + 4) >> 2] = node


# A weak reference whose callback a collection has called is in the generation after the collected one then, whichever it was in
# before, also if it was frozen. It is put back.

places = {}


def note_places(generation):
    """Where the objects are that a collection has no business to move."""
    places.clear()
    if generation == 0:
        for at in listed(2):
            places[at] = (numbers[at], HEADS[2])
    node = memory[FROZEN >> 2]
    while node != FROZEN:
        if node + 8 in numbers:
            places[node + 8] = (numbers[node + 8], FROZEN)
        node = memory[node >> 2]


def put_back(generation):
    """Puts objects of the generation back where they were."""
    for at in listed(generation):
        if at in places and places[at][0] == numbers[at]:
            state["called-references"] += 1
            relink(at, places[at][1])
