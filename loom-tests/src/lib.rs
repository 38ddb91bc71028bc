//! ringlog's protocols, compiled over loom.
