"""A studio that asks for a password, as a process of its own. `python -m tests.studio.locked FOLDER`."""

import sys
from pathlib import Path

from studio.access import Access
from studio.app import serve
from studio.parts import Parts
from studio.password import hashed
from tests.studio.conftest import store_at
from tests.studio.exhibition import exhibit
from tests.studio.steering import OneMachine, TestSteering
from tests.studio.stored_inbox import StoredInbox

OPERATOR, READER = "the operators' password", "the readers' password"


def tell(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


def main() -> None:
    store = store_at(Path(sys.argv[1]))
    inbox = StoredInbox(store)
    exhibit(store, days=2)
    inbox.goes_on()
    parts = Parts(inbox, inbox, store, {"poem": "verse"}, dict, TestSteering(store), OneMachine())
    access = Access(operator=hashed(OPERATOR), reader=hashed(READER), proxies=("127.0.0.1",))
    serve(parts, access, port=0, storage_secret="secret", on_ready=tell)
    store.close()


if __name__ == "__main__":
    main()
