"""``hubpress hub``: keep the rehearsal Hub running in the foreground."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated

import typer

from hubpress.cli.options import BUILD, BuildDir, default_owner, examples, port_number
from hubpress.this_machine import typed_hubpress

app = typer.Typer()


@app.command(epilog=examples("hubpress hub", "hubpress hub --port 8900 --build-dir DIR"))
def hub(
    port: Annotated[int, typer.Option(parser=port_number, metavar="PORT", help="where it listens, 1 to 65535")] = 8899,
    print_token: Annotated[bool, typer.Option("--print-token", help="print the token that may write, and end")] = False,
    build_dir: BuildDir = BUILD,
) -> None:
    """Keep the rehearsal Hub running on loopback."""
    from hubpress.rehearsal.server import serve
    from hubpress.rehearsal.store import Store
    from hubpress.release.targets import rehearsal_folder

    store = Store(rehearsal_folder(build_dir))
    if print_token:
        print(store.write_token, file=sys.__stdout__, flush=True)  # past what hides tokens: this one is asked for
        return

    def ready(url: str) -> None:
        token = f'"$({typed_hubpress()} hub --print-token --build-dir {shlex.quote(str(build_dir))})"'
        print(f"The rehearsal Hub of {store.folder} is at {url}; Ctrl-C stops it.")
        print(f"  to read:  export HF_ENDPOINT={url}")
        print(f"  to write as {default_owner()!r}:  export HF_TOKEN={token} HF_HUB_DISABLE_XET=1", flush=True)

    serve(store.folder, port=port, ready=ready)
