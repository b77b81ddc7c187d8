"""Lesson 08: dropout."""
