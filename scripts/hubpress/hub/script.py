"""The script of a job: it runs hubpress as it lies in a parcel where nothing but uv, or Python with its requirements,
is there."""

SCRIPT_TEXT = '''# /// script
# requires-python = "=={python}.*"
# dependencies = [
{requirements}# ]
# ///
"""{title}, as hubpress {version} has prepared it.

    uv run {script}                                 # {parcel} lies beside it, and what is left will
    uv run {script} --repo OWNER/NAME --run NAME    # in a data set on the Hub, with the token of HF_TOKEN
"""

import argparse
import os
import subprocess
import sys
import tarfile
from pathlib import Path

BACK = {back!r}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repo")
    parser.add_argument("--run", default=".")
    given, words = parser.parse_known_args()
    here = Path(__file__).resolve().parent
    if given.repo:
        from huggingface_hub import HfApi

        api = HfApi()
        api.hf_hub_download(given.repo, f"{{given.run}}/{parcel}", repo_type="dataset", local_dir=here)
        here = here / given.run
    with tarfile.open(here / "{parcel}") as tar:
        tar.extractall(here, filter="data")
    build = here / "build" / "{name}"
    path = str(here / "code" / "scripts")
    environment = {{**os.environ, "PYTHONPATH": os.pathsep.join([path, *sys.path[1:]])}}
    command = [sys.executable, "-m", "{module}", str(build), *words]
    code = subprocess.run(command, env=environment, check=False).returncode
    if not BACK:
        return code
    with tarfile.open(here / "{result}", "w") as tar:
        for name in BACK:
            if (build / name).exists():
                tar.add(build / name, name)
    if given.repo:
        result = f"{{given.run}}/{result}"
        api.upload_file(
            path_or_fileobj=here / "{result}", path_in_repo=result, repo_id=given.repo, repo_type="dataset",
            commit_message="Leave what was trained",
        )
    return code


sys.exit(main())
'''
"""Its places are filled in by ``str.format``; braces of its own stand twice."""
