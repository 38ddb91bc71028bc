//! Front ends of other logging interfaces: their statements become records of the global runtime.

#[cfg(feature = "log")]
pub mod log;
