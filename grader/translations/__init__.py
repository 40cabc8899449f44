"""The sentences of `grader.language.Text` in other languages, a module a language: English template to translation."""
