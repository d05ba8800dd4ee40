"""Names that do not belong in a release, and why: tables only, asked by whoever walks the folder."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

_CREDENTIALS = "It is a file for credentials. Take it out; if it was published before, revoke what is in it."
_CACHE = "It is a tool's own folder. Take it out."
_EDITOR = "It is left over from an editor or a file manager. Take it out."
_TRAINING = "It is left over from training. Take it out: the release has its own weights."
_HIDDEN = "It is hidden, so nobody looked at it. Take it out, or give it a name without the dot."

# Patterns in small letters, and what to say; the first that fits speaks.
_FOLDERS = (
    ((".streamlit", ".github", ".eval_results"), None),  # settings that a Space, its upload or the Hub reads
    (("__pycache__", ".cache", ".ipynb_checkpoints", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".venv"), _CACHE),
    ((".git", ".hg", ".svn", ".idea", ".vscode", "node_modules", "__macosx"), _CACHE),
    (("checkpoint-*", "checkpoints", "runs", "wandb", "mlruns", "lightning_logs"), _TRAINING),
    ((".*",), _HIDDEN),
)
_FILES = (
    ((".env.example", ".env.sample", ".env.template"), None),  # names of variables, without what belongs in them
    ((".env", ".env.*", "*.env", ".netrc", "_netrc", ".pypirc", ".npmrc", ".git-credentials"), _CREDENTIALS),
    (("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key", "*.p12", "*.pfx", "*.kdbx"), _CREDENTIALS),
    ((".htpasswd", "credentials", "credentials.*", "secrets.*", "token", "service_account*.json"), _CREDENTIALS),
    (("*.pyc", "*.pyo", "*.pyd"), "It is compiled Python. Take it out."),
    ((".ds_store", "thumbs.db", "desktop.ini", "._*"), _EDITOR),
    (("*~", "*.swp", "*.swo", "*.bak", "*.orig", "*.rej", "*.tmp", "#*#", ".#*"), _EDITOR),
    (("events.out.tfevents*", "trainer_state.json", "trainer_log.jsonl"), _TRAINING),
    ((".gitattributes",), None),  # the Hub writes one itself
    ((".gitignore", ".dockerignore", ".gitkeep", ".nojekyll", ".python-version", ".editorconfig"), None),
    ((".pre-commit-config.yaml",), None),
    ((".*",), _HIDDEN),
)


def folder_clutter(name: str) -> str | None:
    """Return why a folder of this name does not belong in a release, or ``None`` when it may."""
    return _why(name, _FOLDERS)


def file_clutter(name: str) -> str | None:
    """Return why a file of this name does not belong in a release, or ``None`` when it may."""
    return _why(name, _FILES)


def in_clutter(path: str) -> bool:
    """Tell whether a path lies inside a folder that does not belong: that folder is reported once, for all within."""
    return any(folder_clutter(part) for part in PurePosixPath(path).parts[:-1])


def _why(name: str, table: tuple[tuple[tuple[str, ...], str | None], ...]) -> str | None:
    lowered = PurePosixPath(name).name.lower()
    return next((why for patterns, why in table if any(fnmatchcase(lowered, each) for each in patterns)), None)
