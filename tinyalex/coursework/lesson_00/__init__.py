"""Lesson 00: McCulloch and Pitts's neuron, and Rosenblatt's perceptron."""
