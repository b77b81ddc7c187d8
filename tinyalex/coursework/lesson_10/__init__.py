"""Lesson 10: data."""
