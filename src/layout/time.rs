//! Timestamps to bytes.
