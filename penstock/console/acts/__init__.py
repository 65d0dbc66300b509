"""What people do in the console: an act becomes a signed review, waits out its undo, is sent, and is followed."""
