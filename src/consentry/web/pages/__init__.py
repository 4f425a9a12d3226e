"""The pages a person meets: plain values in, HTML out."""
