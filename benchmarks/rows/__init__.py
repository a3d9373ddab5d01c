"""The rows of the benchmark: each module has a function `measure`, which gives its row."""
