"""The management API at /api/v1, for programs: JSON, problem details (RFC 9457), described by its own document."""
