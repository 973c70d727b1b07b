"""The statements: each a `CLAIM`, or several as `CLAIMS`; a new file in this folder is found by the command."""
