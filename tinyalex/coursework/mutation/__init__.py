"""Mutation testing: does the course's check find every small change to a right solution?

`python -m tinyalex.coursework.mutation` makes mutants of the solutions by rule and runs the check
on each. One that passes, and is not in `equal.txt`, is a hole in the check.

rules        how a piece of code is changed, from its syntax tree
situations   right code that goes wrong only for some inputs
solutions    which functions make up a task's solution, and how a changed one is put in place
mutants      all mutants of a task
trial        runs each mutant in a process of its own
equal        the mutants that are as right as the original, each with the reason
"""
