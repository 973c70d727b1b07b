"""Statistics of a comparison: records in, tables out; numpy and scipy, no training, no files, no plots."""
