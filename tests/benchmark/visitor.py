"""A visitor without a browser: speaks to a Streamlit server as the browser's client does, and counts what it is sent.

The client opens a websocket at `/_stcore/stream` with the subprotocol `streamlit`. It asks for a run of the script with a
`BackMsg` that holds the state of every widget, the address and the hashes of the large messages it still has, and it is
answered with `ForwardMsg`s, of which `script_finished` is the last.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

KEPT_FOR = 2  # runs for which the browser keeps a large message that was not shown; global.maxCachedMessageAge
# the field of a widget's state that holds its value; a button has none between two runs
VALUE_FIELDS = {
    "text_input": "string_value",
    "text_area": "string_value",
    "selectbox": "string_value",
    "number_input": "double_value",
    "checkbox": "bool_value",
    "button_group": "string_array_value",
    "slider": "double_array_value",
    "select_slider": "string_array_value",
}


class Visitor:
    """One session: the widgets it was shown, what they are set to, and what the last run sent.

    received: bytes of the last run. figures: charts in the last run that were sent in full.
    """

    def __init__(self, connection: ClientConnection, query: str) -> None:
        self.received = self.figures = 0
        self._connection, self._query = connection, query
        self._states: dict[str, WidgetState] = {}
        self._shown: dict[str, tuple[str, str, str, str]] = {}  # id -> kind, label, key, fragment
        self._kept: dict[str, int] = {}  # hash of a large message -> runs since it was shown

    async def run(self, trigger: WidgetState | None = None, fragment: str = "") -> None:
        """Ask for a run of the script, or of a fragment of it, and wait for its end."""
        request = BackMsg()
        rerun = request.rerun_script
        rerun.query_string, rerun.fragment_id = self._query, fragment
        rerun.widget_states.widgets.extend([*self._states.values(), *([trigger] if trigger else [])])
        rerun.cached_message_hashes.extend(self._kept)
        await self._connection.send(request.SerializeToString())
        self.received = self.figures = 0
        if not fragment:
            self._shown = {}
        async for data in self._connection:
            self.received += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._see(message)
            elif kind == "ref_hash":
                self._kept[message.ref_hash] = 0
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                break
        self._kept = {hash: age + 1 for hash, age in self._kept.items() if age < KEPT_FOR}

    async def set(self, name: str, value: Any) -> None:
        """Give the widget with this label or key a value, as by hand, and wait until the page has followed."""
        identity, fragment = self._find(name)
        self._states[identity] = state(identity, self._shown[identity][0], value)
        await self.run(fragment=fragment)

    async def press(self, name: str) -> None:
        """Press the button with this label or key, and wait until the page has followed."""
        identity, fragment = self._find(name)
        await self.run(WidgetState(id=identity, trigger_value=True), fragment)

    def _find(self, name: str) -> tuple[str, str]:
        for identity, (_, label, key, fragment) in self._shown.items():
            if name in (label, key):
                return identity, fragment
        names = ", ".join(sorted({key if key != "None" else label for _, label, key, _ in self._shown.values()}))
        raise LookupError(f"the page has no widget named {name}; it has {names}")

    def _see(self, message: ForwardMsg) -> None:
        if message.metadata.cacheable:
            self._kept[message.hash] = 0
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RuntimeError(f"the page failed: {element.exception.type} {element.exception.message}")
        self.figures += kind == "bidi_component"
        if kind in VALUE_FIELDS or kind == "button":
            widget = getattr(element, kind)
            if kind == "slider" and widget.type == widget.SELECT_SLIDER:
                kind = "select_slider"
            key = widget.id.split("-", 3)[-1]  # $$ID-hash-key
            self._shown[widget.id] = kind, widget.label, key, message.delta.fragment_id
            if kind != "button" and (widget.set_value or widget.id not in self._states):
                self._states[widget.id] = state(widget.id, kind, value_shown(kind, widget))


def value_shown(kind: str, widget: Any) -> Any:
    """Return what a widget shows: what the script has just set it to, or its default."""
    if kind in ("select_slider", "button_group"):
        given = widget.raw_value if kind == "select_slider" else widget.raw_values
        options = widget.options if kind == "select_slider" else [option.content for option in widget.options]
        return list(given) if widget.set_value else [options[int(index)] for index in widget.default]
    if kind == "selectbox":
        chosen = widget.options[widget.default] if widget.HasField("default") else None
        return widget.raw_value if widget.set_value else chosen
    return widget.value if widget.set_value else widget.default


def state(identity: str, kind: str, value: Any) -> WidgetState:
    """Return a widget's state as the browser sends it; None is an empty one."""
    result, name = WidgetState(id=identity), VALUE_FIELDS[kind]
    if name.endswith("array_value"):
        getattr(result, name).data.extend(value)
    elif value is not None:
        setattr(result, name, value)
    return result


@contextlib.asynccontextmanager
async def visiting(address: str, query: str = "") -> AsyncIterator[Visitor]:
    """Open a page, given its http address and what follows the question mark; yield its visitor when it has been shown."""
    async with connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=["streamlit"],
        compression=None,  # as the server sends to a browser on the same machine; bytes are counted as they are
        max_size=None,
        ping_interval=None,
    ) as connection:
        visitor = Visitor(connection, query)
        await visitor.run()
        yield visitor
