//! A file.

use super::{Sink, configurable};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes to a file. Several processes may append to one file: each batch is one `write(2)`, where the file
/// system takes it whole.
#[derive(Debug)]
pub struct File {
    file: std::fs::File,
    path: PathBuf,
}

configurable!(File);

impl File {
    /// Makes a file, or empties the one that is there.
    ///
    /// # Errors
    ///
    /// Those of `open(2)`, with the path in their text.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::open(path.as_ref(), OpenOptions::new().write(true).create(true).truncate(true))
    }

    /// Makes a file, or writes at the end of the one that is there.
    ///
    /// # Errors
    ///
    /// Those of `open(2)`, with the path in their text.
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::open(path.as_ref(), OpenOptions::new().append(true).create(true))
    }

    fn open(path: &Path, options: &OpenOptions) -> io::Result<Self> {
        let file = options
            .open(path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(Self { file, path: path.to_owned() })
    }
}

impl Sink for File {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        self.file.write_all(batch)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}
