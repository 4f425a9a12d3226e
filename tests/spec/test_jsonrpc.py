import json

from consentry.spec.jsonrpc import INTERNAL_ERROR, render_error


def test_an_error_answers_no_call_in_particular() -> None:
    assert json.loads(render_error(INTERNAL_ERROR, "It broke.")) == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": -32603, "message": "It broke."},
    }


def test_an_error_tells_what_to_quote() -> None:
    assert json.loads(render_error(-32600, "No.", {"request_id": "req_1"}))["error"]["data"] == {"request_id": "req_1"}
