"""Lesson 06: overlapping max-pooling."""
