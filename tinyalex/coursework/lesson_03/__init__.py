"""Lesson 03: ReLU against tanh."""
