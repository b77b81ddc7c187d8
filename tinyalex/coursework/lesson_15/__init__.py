"""Lesson 15: making it fast."""
