"""The student's code in a process of its own: only numbers, arrays and names cross the border."""
