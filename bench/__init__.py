"""How fast the nights are, beside a floor and beside a script by hand; writes docs/benchmarks.md."""
