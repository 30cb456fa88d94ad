"""What a page needs and can have before there is a page: imported while the site is built.

The builder keeps the memory of a Python that has imported this (`builder.snapshot`), and pages
start from there. So nothing in here may need JavaScript's objects, or draw a random number, look at
the clock or open a file as it is imported. What is missing in here each page imports as it starts.
"""

# ruff: noqa: F401  (imported to be there)

import hashlib
import hmac
import logging
import secrets

import anyio._backends._asyncio

import raft_core.recovery
import raft_core.safety
import raft_web.app
import raft_web.asking
import raft_web.browser_storage
import raft_web.copies
import raft_web.deciding
import raft_web.dom
import raft_web.doubts
import raft_web.drawing
import raft_web.gate
import raft_web.inside
import raft_web.introducing
import raft_web.keeping
import raft_web.links
import raft_web.loop
import raft_web.member
import raft_web.messages
import raft_web.panel
import raft_web.recovering
import raft_web.replacing
import raft_web.session
import raft_web.settings
import raft_web.stored
import raft_web.storing
import raft_web.troubles
import raft_web.versions
import raft_web.waiting
import storage_indexeddb
import storage_localstorage
import transport_webrtc.jstypes
import transport_webrtc.link
import transport_webrtc.mesh
import transport_webrtc.paths
import transport_webrtc.refusals
import transport_webrtc.session
import transport_webrtc.transport
