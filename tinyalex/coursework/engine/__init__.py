"""What checks a student's work: the stages, the comparison, the diagnosis and the verdict."""
