# A whole program.
WORDS = {
    "node": node, "fin": fin, "container": container, "tuple": pack, "wide": wide, "frozenset": freeze_set, "let": let, "forget": forget,
    "link": link, "push": push, "unshift": unshift, "pop": pop, "shift": shift, "store": store, "splice": splice, "put": put,
    "take": take, "add": add, "discard": discard, "clear": clear, "read": read, "ref": ref, "callRef": call_ref,
    "watch": watch, "unwatch": unwatch, "deref": deref, "answers": answers, "refs": refs, "hasCallback": has_callback,
    "linkWeak": link_weak, "readWeak": read_weak, "onDeath": on_death, "callNow": call_now, "detach": detach,
    "valuePut": value_put, "valueTake": value_take, "keyPut": key_put, "keyTake": key_take, "setPut": set_put,
    "setTake": set_take, "tables": tables,
    "countRefs": count_refs, "tracked": tracked, "finalized": finalized, "size": size, "census": census, "verify": verify,
    "collect": collect, "freeze": freeze, "unfreeze": unfreeze, "throw": throw,
}  # fmt: skip


def end():
    """Lets go of everything, and sees that nothing of the program is left."""
    state["step"] = "end"
    census()
    answers()
    tables()
    state["left"] = 0
    for name in sorted(names):
        names.pop(name, None)
    while watches:
        watches.pop()
    clear_tables()
    gc.unfreeze()
    for _ in range(3):
        collect(2)
    census()


def run(steps, program_bodies):
    """Runs a program; its log, and how often it met a rule of rules.ts."""
    bodies[:] = program_bodies
    log.clear()
    state.update(step=0, number=0, age=0, left=ROUNDS, depth=0, collecting=0, reached=None)
    state.update(dict.fromkeys(RULES, 0))
    for i, (word, given) in enumerate(steps):
        state["step"] = i
        use(word, given)
    end()
    numbers.clear()
    ages.clear()
    names.clear()
    bodies.clear()
    finalizers.clear()
    return log, {rule: state[rule] for rule in RULES}


def play(given):
    program = json.loads(given)
    log, applied = run(words(program["steps"]), [words(body) for body in program["bodies"]])
    return json.dumps({"log": log, "applied": applied})


def words(steps):
    return [(WORDS[word], tuple(given)) for word, *given in steps]


hide()
