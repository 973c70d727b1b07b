"""The commands, a module each: its text is the help, CONFIG has the options, and `run` does it."""
