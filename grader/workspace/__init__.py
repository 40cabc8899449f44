"""What is kept on the learner's machine: workspaces, progress, locks and recorded commands. All of it survives a crash.

Nothing here starts an environment or judges anything.
"""
