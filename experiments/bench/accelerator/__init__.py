"""The parts of the section "accelerator", each a process of its own."""
