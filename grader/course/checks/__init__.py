"""What can be written in a lab's `checks`: one model a kind. The module of that name in `grader/checks/` judges it.

A new kind is a file here, a field of `grader.course.lab.Check`, a file there and an entry in its table.
"""
