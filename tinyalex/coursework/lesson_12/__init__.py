"""Lesson 12: measuring."""
