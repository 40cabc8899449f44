"""What a course is made of: labs, their tasks and checks, their parameters and translations; read, validated, pure.

Nothing here starts, runs or judges anything: how a check is judged lives in `grader/checks/`.
"""
