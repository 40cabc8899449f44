"""Running labs: staging them, running scripts in them, ordering and waiting for checks, and proving that a lab is sound.

What a check looks at is `grader/checks/`; what a report looks like is `grader/reports/`.
"""
