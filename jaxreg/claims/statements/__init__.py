"""One file a statement, each with a `CLAIM`; a new file in this folder is found by the command."""
