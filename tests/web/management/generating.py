"""Values from the document's schemas, right and nearly right, for Hypothesis to draw."""

from typing import Any

from hypothesis import strategies as st

from tests.web.management.described import whole

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
# Texts that get past a first look, beside those that nobody thought of.
TEXT = st.sampled_from(
    [
        "reminders",
        "notes",
        "a",
        "mcp",
        "*",
        "@read",
        "example.com",
        "http://127.0.0.1:9/mcp",
        "https://127.0.0.1:9/mcp",
        "",
    ]
) | st.text(max_size=30)


def of_schema(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What that schema takes, as far as it says."""
    if "$ref" in schema:
        return of_schema(whole()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "string":
            return TEXT
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(of_schema(schema["items"]), max_size=3)
        case "object" if "properties" in schema:
            needed = set(schema.get("required", ()))
            each = {name: of_schema(one) for name, one in schema["properties"].items()}
            return st.fixed_dictionaries(
                {name: one for name, one in each.items() if name in needed},
                optional={name: one for name, one in each.items() if name not in needed},
            )
        case "object":
            return st.dictionaries(TEXT, of_schema(schema["additionalProperties"]), max_size=3)
        case kind:
            raise AssertionError(f"no values for {kind}")


def bent(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The same with one member that is something else."""
    return st.builds(
        lambda value, name, other: value | {name: other} if isinstance(value, dict) else other,
        values,
        st.sampled_from(["name", "slug", "access", "scopes", "key_ttl", "paused"]) | st.text(max_size=10),
        JSON,
    )
