"""What each command does: a module each, called as the command."""
