"""What is common to the scripts whose work bench/objects/worker.ts does in JavaScript."""

from time import perf_counter

from answer import answer

CALLS = 1000


def nothing():
    pass


def serve(make):
    """Answers with samples of the work that `make` makes of a task.

    Work is: operations, what goes before a run off the clock, the run, and the run without what it is about; None: there is nothing to do.
    """
    work = None

    def begin(task):
        nonlocal work
        work = make(task)
        return work is not None

    def sample(milliseconds):
        if work is None:
            return None
        operations, prepare, run, empty = work
        elapsed = net = done = 0
        while elapsed * 1000 < milliseconds:
            prepare()
            before = perf_counter()
            run()
            between = perf_counter()
            empty()
            after = perf_counter()
            elapsed += between - before
            net += (between - before) - (after - between)
            done += operations
        return net * 1e9 / done

    answer({"begin": begin, "sample": sample})
