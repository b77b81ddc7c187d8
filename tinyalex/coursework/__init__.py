"""What coursework needs: the named mistakes, and the checker that recognises them."""
