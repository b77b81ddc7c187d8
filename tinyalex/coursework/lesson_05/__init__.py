"""Lesson 05: convolution backward."""
