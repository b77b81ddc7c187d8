"""Lesson 02: fully connected layers and the softmax."""
