"""The commands, a module for each group: `add_to` gives the parser its arguments, the rest runs.

Every command is a function from the parsed arguments to an exit code; what it raises of `NodeError`
becomes a sentence on standard error (`raft_node.cli`).
"""
