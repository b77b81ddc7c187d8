"""Lesson 01: gradients, and how to check them."""
