"""What a write costs in browser windows, beside what the browser allows: `make bench`.

Real browsers on this machine, driven by Playwright:

    __main__     the command
    measurement  all of one browser; `rounds`, what runs when
    serving      the site, an introducer, and the limit's page
    browsers     three windows, or three browsers; what they spend of the processor
    ours         three windows of the bench app, driven through their hook
    limit        three windows that do nothing but what one replicated write needs (pages/)
    hidden       the same cluster with the leader's window behind another tab
    sustained    minutes of it, with compaction
    loads        what is measured; `aims`, what it is meant to reach
    figures      medians, spread, ratios
    report       the table; `plot` and `document`, docs/performance.md
"""
