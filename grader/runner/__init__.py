"""Running labs: staging them, running their scripts, ordering and waiting for checks, and proving that labs are sound.

What a check looks at is `grader/checks/`; what a report looks like is `grader/reports/`.
"""
