"""Lesson 14: transfer."""
