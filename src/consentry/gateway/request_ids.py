"""Names for requests, by which a person finds one in everybody's logs."""

from consentry.tokens import Entropy

AT_ONCE = 64
BYTES = 12


class RequestIds:
    """Drawn many at a time, since asking the system for each costs more than all else about it. They are no secrets."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._drawn: list[str] = []

    def __call__(self) -> str:
        if not self._drawn:
            drawn, size = self._entropy(AT_ONCE * BYTES).hex(), 2 * BYTES
            self._drawn = [f"req_{drawn[begin : begin + size]}" for begin in range(0, len(drawn), size)]
        return self._drawn.pop()
