"""The pictures of the lessons' notebooks: a file a lesson, functions that return a Figure."""
