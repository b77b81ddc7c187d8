"""Lesson 07: local response normalization."""
