"""A Hub on loopback, kept on disk: releases need no account and no network to be rehearsed."""

LOOPBACK = ("127.0.0.1", "localhost")
