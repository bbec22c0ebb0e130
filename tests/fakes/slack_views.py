"""Slack's modals and homes: what it refuses in a view, and what a reader may enter there."""

from collections.abc import Mapping
from typing import Any

from tests.fakes import slack_rules
from tests.fakes.slack_rules import Refusal

TITLE_LIMIT, METADATA_LIMIT, INPUT_LIMIT, OPTION_LIMIT, OPTIONS_LIMIT, VIEW_BLOCKS_LIMIT = (
    24,
    3000,
    3000,
    75,
    100,
    100,
)

Json = dict[str, Any]


def check_view(view: Mapping[str, Any], kind: str) -> None:
    """Raises Refusal for a view that Slack does not show."""
    known = {"type", "callback_id", "title", "submit", "close", "blocks", "private_metadata"}
    if view.get("type") != kind or set(view) - known:
        raise Refusal("invalid_arguments")
    if kind == "modal" and not 0 < len(view["title"]["text"]) <= TITLE_LIMIT:
        raise Refusal("invalid_arguments")
    if "submit" in view and not 0 < len(view["submit"]["text"]) <= TITLE_LIMIT:
        raise Refusal("invalid_arguments")
    if len((view.get("private_metadata") or "").encode()) > METADATA_LIMIT:  # Whatever Slack counts.
        raise Refusal("invalid_arguments")
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    if inputs and "submit" not in view:
        raise Refusal("invalid_arguments")
    if not 0 < len(view["blocks"]) <= VIEW_BLOCKS_LIMIT:
        raise Refusal("invalid_arguments")
    for block in view["blocks"]:
        _check_block(block)


def submitted(view: Mapping[str, Any], entered: Mapping[str, str]) -> Json:
    """The state of a view with what a reader entered over what stood there, where the form takes it."""
    values: Json = {}
    for block in (b for b in view["blocks"] if b["type"] == "input"):
        name, element = block["block_id"], block["element"]
        values[name] = {element["action_id"]: _entered(element, entered.get(name))}
        empty = not (values[name]["value"].get("value") or values[name]["value"].get("selected_option"))
        assert block["optional"] or not empty, f"{name} is empty"
    assert set(entered) <= set(values), f"no such field: {set(entered) - set(values)}"
    return {"values": values}


def _entered(element: Mapping[str, Any], said: str | None) -> Json:
    if element["type"] == "plain_text_input":
        text = said if said is not None else element.get("initial_value")
        assert len(text or "") <= element["max_length"], "too much for an input"
        return {"type": element["type"], "value": text or None}
    options = {option["value"]: option for option in element["options"]}
    chosen = options[said] if said is not None else element.get("initial_option")
    return {"type": element["type"], "selected_option": chosen}


def _check_block(block: Mapping[str, Any]) -> None:
    match block["type"]:
        case "input":
            if set(block) - {"type", "block_id", "label", "optional", "element"}:
                raise Refusal("invalid_arguments")
            _check_element(block["element"])
        case "header":
            if not 0 < len(block["text"]["text"]) <= 150 or block["text"]["type"] != "plain_text":
                raise Refusal("invalid_arguments")
        case "section" if "accessory" in block:
            slack_rules.check_content({"blocks": [{k: v for k, v in block.items() if k != "accessory"}]})
            if block["accessory"]["type"] != "button":
                _check_element(block["accessory"])
        case _:
            slack_rules.check_content({"blocks": [block]})


def _check_element(element: Mapping[str, Any]) -> None:
    if element["type"] == "plain_text_input":
        initial = element.get("initial_value")
        if not 0 < element["max_length"] <= INPUT_LIMIT or initial == "":
            raise Refusal("invalid_arguments")
        if len(initial or "") > element["max_length"]:
            raise Refusal("invalid_arguments")
        return
    options = element["options"]
    if element["type"] != "static_select" or not 0 < len(options) <= OPTIONS_LIMIT:
        raise Refusal("invalid_arguments")
    for option in options:
        if not option["value"] or not 0 < len(option["text"]["text"]) <= OPTION_LIMIT:
            raise Refusal("invalid_arguments")
    if element.get("initial_option") not in [None, *options]:
        raise Refusal("invalid_arguments")
