"""The balanced comparison: tune every cell equally, freeze, confirm on the same blocks, judge, say it."""
