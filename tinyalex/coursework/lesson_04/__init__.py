"""Lesson 04: convolution as a matrix product."""
