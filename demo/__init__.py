"""A made-up city: the extracts that its departments would deliver, and the truth behind them."""

from demo.city import write

__all__ = ["write"]
