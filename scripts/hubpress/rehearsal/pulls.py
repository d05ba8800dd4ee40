"""The requests about discussions and pull requests: list, open, comment, close, merge."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import JSONResponse, Response

from hubpress.files import JsonObject
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.discussions import Discussion, comment_data, diff, merged
from hubpress.rehearsal.protocol import Refused
from hubpress.rehearsal.repository import Commit, Repository, now

_PAGE = 10
# What a listing may be asked for, and what it then holds.
_KINDS = {"all": (True, False), "discussion": (False,), "pull_request": (True,)}
_OPEN, _CLOSED = ("open", "draft"), ("closed", "merged")
_STATUSES = {"all": _OPEN + _CLOSED, "open": _OPEN, "closed": _CLOSED}


def opened(
    repository: Repository, title: str, description: str, author: str, *, status: str, head: str | None
) -> Discussion:
    """Return a new discussion, or pull request from *head*, with the next number; it is not kept yet."""
    num = 1 + max((one.num for one in repository.settings.discussions), default=0)
    moment = now()
    started = Discussion(num, title, author, moment, status, head)
    return started.with_event("comment", author, moment, comment_data(description, author, moment))


def with_commit(pull: Discussion, commit: Commit) -> Discussion:
    """Return a pull request with a commit on top of its branch."""
    told = pull.with_event("commit", commit.author, commit.date, {"subject": commit.title, "oid": commit.id})
    return replace(told, head=commit.id)


async def listing(call: Call) -> Response:
    """Answer …/discussions, newest first, in pages."""
    repository, query = call.repository(), call.request.query_params
    kinds, statuses = _KINDS.get(query.get("type", "all")), _STATUSES.get(query.get("status", "all"))
    if kinds is None or statuses is None:
        raise Refused(400, f"Types are {', '.join(_KINDS)}, and statuses {', '.join(_STATUSES)}")
    known = reversed(repository.settings.discussions)
    found = [one for one in known if one.is_pull_request in kinds and one.status in statuses]
    if author := query.get("author"):
        found = [one for one in found if one.author == author]
    start = _PAGE * int(query.get("p", "0"))
    page = [_summary(repository, one) for one in found[start : start + _PAGE]]
    return JSONResponse({"discussions": page, "count": len(found), "start": start})


async def create(call: Call) -> Response:
    """Answer POST …/discussions: a discussion, or a pull request without commits, which is a draft."""
    author, repository = call.writer(), call.repository()
    wanted = await call.json("title", "description", "pullRequest")
    title, words = _title(wanted["title"]), _text(wanted["description"])
    head = repository.commit("main").id if wanted.get("pullRequest") else None
    started = opened(repository, title, words, author, status="draft" if head else "open", head=head)
    repository.keep_discussion(started)
    address = f"{call.url(repository)}/discussions/{started.num}"
    return JSONResponse({"num": started.num, "url": address, "pullRequest": started.is_pull_request})


async def details(call: Call) -> Response:
    """Answer …/discussions/NUM: its events, and what a pull request changes and cannot merge."""
    repository = call.repository()
    found = repository.discussion(call.request.path_params["num"])
    answer = _summary(repository, found) | {"events": list(found.events)}
    if found.is_pull_request:
        base, _, branch = sides(repository, found)
        conflicts = conflicts_of(repository, found)
        answer["changes"] = {"base": "refs/heads/main"}
        answer["changes"] |= {"mergeCommitId": found.merge_commit} if found.merge_commit else {}
        answer |= {"filesWithConflicts": conflicts, "diff": diff(base.files, branch.files)}
    return JSONResponse(answer)


async def comment(call: Call) -> Response:
    """Answer POST …/discussions/NUM/comment."""
    author, repository, found = _changed(call)
    found = _commented(found, author, _text((await call.json("comment"))["comment"]))
    repository.keep_discussion(found)
    return JSONResponse({"newMessage": found.events[-1]})


async def edit_comment(call: Call) -> Response:
    """Answer POST …/discussions/NUM/comment/ID/edit: another text in place of the comment's own."""
    content = _text((await call.json("content"))["content"])
    author, repository, found = _changed(call)
    event = _own_comment(call, found)
    event["data"] = comment_data(content, author, now(), history=tuple(event["data"]["history"]))
    repository.keep_discussion(_with(found, event))
    return JSONResponse({"updatedComment": event})


async def hide_comment(call: Call) -> Response:
    """Answer POST …/discussions/NUM/comment/ID/hide."""
    _, repository, found = _changed(call)
    event = _own_comment(call, found)
    event["data"] = event["data"] | {"hidden": True}
    repository.keep_discussion(_with(found, event))
    return JSONResponse({"updatedComment": event})


async def rename(call: Call) -> Response:
    """Answer POST …/discussions/NUM/title."""
    title = _title((await call.json("title"))["title"])
    author, repository, found = _changed(call)
    told = call.changeable(found).with_event("title-change", author, now(), {"from": found.title, "to": title})
    repository.keep_discussion(replace(told, title=title))
    return JSONResponse({"newTitle": told.events[-1]})


async def change_status(call: Call) -> Response:
    """Answer POST …/discussions/NUM/status: open (which a draft must be before it is merged) or closed."""
    wanted = await call.json("status", "comment")
    author, repository, found = _changed(call)
    status = wanted["status"]
    if status not in ("open", "closed"):
        raise Refused(400, f"A status is open or closed, not {status!r}")
    if call.changeable(found).status in (status, "merged"):
        raise Refused(400, f"{found.num} is {found.status} already")
    if words := wanted.get("comment"):
        found = _commented(found, author, _text(words))
    found = found.with_event("status-change", author, now(), {"status": status})
    repository.keep_discussion(replace(found, status=status))
    return JSONResponse({"newStatus": found.events[-1]})


async def merge(call: Call) -> Response:
    """Answer POST …/discussions/NUM/merge: all commits of the branch as one commit on top of main.

    That commit is a new one, as on the real Hub, also where main has not moved.
    """
    call.check_writer(call.param("namespace"))
    words = (await call.json("comment")).get("comment") if await call.request.body() else None
    author, repository, found = _changed(call)
    if not found.is_pull_request:
        raise Refused(400, f"{found.num} is a discussion, not a pull request")
    if found.status == "draft":
        raise Refused(400, f"Pull request {found.num} is in draft mode: publish it to be able to merge")
    if found.status != "open":
        raise Refused(400, f"Pull request {found.num} is {found.status} already")
    base, main, branch = sides(repository, found)
    files, conflicts = merged(base.files, main.files, branch.files)
    if conflicts:
        raise Refused(409, f"Pull request {found.num} cannot be merged: conflicts in {', '.join(conflicts)}")
    if files == main.files:
        raise Refused(400, f"Pull request {found.num} changes nothing")
    own = [one for one in repository.history(branch.id) if one.id not in {base.id} | set(_ids(repository, base.id))]
    told = (f"- {one.title} ({one.id})" + (f"\n\n{one.message}\n" if one.message else "") for one in reversed(own))
    message = "\n".join(told).rstrip()
    made = repository.write_commit(main.id, files, f"{found.title} (#{found.num})", message, author=author)
    if words:
        found = _commented(found, author, _text(words))
    found = found.with_event("status-change", author, now(), {"status": "merged"})
    # In one moment: nobody finds main moved and the pull request open, whenever the Hub is killed.
    branches = repository.settings.branches | {"main": made.id}
    repository.keep_discussion(replace(found, status="merged", merge_commit=made.id), branches=branches)
    return JSONResponse({"success": True, "mergeCommitId": made.id})


def sides(repository: Repository, pull: Discussion) -> tuple[Commit, Commit, Commit]:
    """Return the commit where a branch leaves main, the newest of main, and that of the branch."""
    on_main = set(_ids(repository, "main"))
    history = list(repository.history(str(pull.head)))
    base = next(one for one in history if one.id in on_main)
    return base, repository.commit("main"), history[0]


def conflicts_of(repository: Repository, pull: Discussion) -> list[str]:
    """Return the files that keep a pull request from being merged."""
    base, main, branch = sides(repository, pull)
    return [] if pull.status == "merged" else merged(base.files, main.files, branch.files)[1]


def _ids(repository: Repository, revision: str) -> list[str]:
    return [one.id for one in repository.history(revision)]


def _summary(repository: Repository, one: Discussion) -> JsonObject:
    return {
        "num": one.num,
        "title": one.title,
        "author": {"name": one.author},
        "createdAt": one.created_at,
        "status": one.status,
        "isPullRequest": one.is_pull_request,
        "repo": {"name": repository.id, "type": repository.kind.removesuffix("s")},
    }


def _changed(call: Call) -> tuple[str, Repository, Discussion]:
    """Return who writes, the repository and the discussion of the path. Raises ``Refused``."""
    author, repository = call.writer(), call.repository()
    return author, repository, repository.discussion(call.request.path_params["num"])


def _commented(found: Discussion, author: str, text: str) -> Discussion:
    moment = now()
    return found.with_event("comment", author, moment, comment_data(text, author, moment))


def _own_comment(call: Call, found: Discussion) -> JsonObject:
    """Return a copy of the comment of the path. Raises ``Refused``, also when it is another user's."""
    for event in found.events:
        if event["id"] == call.param("comment") and event["type"] == "comment":
            if event["author"]["name"] != call.writer():
                raise Refused(403, "Only who wrote a comment may change it")
            return dict(event)
    raise Refused(404, f"Comment not found: {call.param('comment')}")


def _with(found: Discussion, event: JsonObject) -> Discussion:
    return replace(found, events=tuple(event if one["id"] == event["id"] else one for one in found.events))


def _title(value: object) -> str:
    text = _text(value).strip()
    if not 3 <= len(text) <= 200:
        raise Refused(400, "A title has 3 to 200 characters")
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Refused(400, f"A text is needed, not {value!r}")
    return value
