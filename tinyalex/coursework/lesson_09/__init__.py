"""Lesson 09: the whole AlexNet."""
