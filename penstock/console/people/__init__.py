"""Who somebody is: sign-in, sessions, local users, and what guards every request of the console."""
