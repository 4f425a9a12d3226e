"""Rates: how often is too often, for whom. What is counted where is ADR 19."""
