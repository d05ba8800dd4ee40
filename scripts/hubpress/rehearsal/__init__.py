"""A Hub on loopback, kept on disk: releases need no account and no network to be rehearsed."""
