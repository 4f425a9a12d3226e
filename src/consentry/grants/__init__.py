"""What was granted, the heart: consent becomes a code, a code a grant, and its tokens live as long as the grant."""
