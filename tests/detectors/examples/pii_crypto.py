from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("CRYPTO", "send to ", "18cwczpSap1EgJqg19Rkzy1rM8XDMwSeyD"),
    Positive("CRYPTO", "", "THb9d4CAjY8BqUuJbR5UX7hzFvGXePD9s1"),
    Positive("CRYPTO", "", "LSqttD8GfUFHw7XqBHR4Gz5cZLtVWNPsyv"),
    Positive("CRYPTO", "", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", " got it"),
    Positive("CRYPTO", "", "0x539508BEaCbE5CD12935e2b721557239652992A7"),
    Positive("CRYPTO", "wallet ", "0x539508beacbe5cd12935e2b721557239652992a7"),
)
NEAR_MISSES = (
    "send to 18cwczpSap1EgJqg19Rkzy1rM8XDMwSeyE",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    "0x539508BEaCbE5CD12935e2b721557239652992a7",
    "0x539508beacbe5cd12935e2b721557239652992a7",
    "wallet 0x0000000000000000000000000000000000000000",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNaaa",
)
