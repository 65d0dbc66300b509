"""Sign-in, sessions and what guards every request."""
