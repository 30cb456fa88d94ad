"""What a write costs headless members, beside PySyncObj: `python -m benchmarks.headless`.

Real processes on this machine, driven by one coordinator over their standard input and output:

    __main__    the coordinator: starts them, runs the rounds, prints
    fleet       processes and what is asked of them
    wire        the questions and answers, a line of JSON each
    load        the closed loop that every member runs
    ours        a member of ours; `theirs` one of PySyncObj's
    floors      what is below all of it: an aiortc data channel alone, a durable commit alone
    report      figures, and the table of them
"""
