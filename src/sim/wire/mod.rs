//! The AWS wire protocols.
