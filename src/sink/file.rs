//! A file.

use super::{Sink, configurable};
use rustix::fs::{OFlags, fcntl_getfl};
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Writes to a file. Several processes may append to one file: each batch is one `write(2)`, where the file
/// system takes it whole.
///
/// A batch that fails half way is taken back where the file can be cut: a regular file, to which nobody else has appended
/// meanwhile. Elsewhere its torn last line is ended before the next batch; so is one that an earlier process has left,
/// where it was killed within a write.
///
/// A sync is one `fdatasync(2)`, and the first one an `fsync(2)` of the file's directory, too. After a failed one the
/// kernel may have forgotten what it could not write, and would report success the next time: so the file is given
/// up, and the sink goes on with a new one beside it, `app.log.1` for `app.log`, or the first such name that is free.
#[derive(Debug)]
pub struct File {
    file: std::fs::File,
    /// The path that was asked for.
    path: PathBuf,
    /// Where the file is.
    current: PathBuf,
    /// Whether it can be synced and cut: a regular file.
    is_regular: bool,
    /// Whether the entry in its directory may not be on stable storage yet.
    is_new: bool,
    /// Whether it ends in the midst of a line that could not be taken back.
    is_torn: bool,
    /// The file could not be synced, and is not to be written to any more.
    is_poisoned: bool,
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
        let file = options.open(path).map_err(|error| at(path, &error))?;
        let is_regular = file.metadata().map_err(|error| at(path, &error))?.is_file();
        Ok(Self {
            file,
            path: path.to_owned(),
            current: path.to_owned(),
            is_regular,
            is_new: is_regular,
            is_torn: is_regular && ends_within_a_line(path),
            is_poisoned: false,
        })
    }

    /// Leaves a file that could not be synced, for a new one beside it.
    fn leave_poisoned(&mut self) -> io::Result<()> {
        let is_append = fcntl_getfl(&self.file)?.contains(OFlags::APPEND);
        let mut options = OpenOptions::new();
        options.create_new(true);
        if is_append {
            options.append(true)
        } else {
            options.write(true)
        };
        for number in 1_u32.. {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            match Self::open(Path::new(&name), &options) {
                Ok(file) => {
                    let path = std::mem::take(&mut self.path);
                    *self = Self { path, ..file };
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes all; the error says how much of it was.
    fn write_out(&mut self, mut bytes: &[u8]) -> Result<(), (usize, io::Error)> {
        let whole = bytes.len();
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(0) => return Err((whole - bytes.len(), io::ErrorKind::WriteZero.into())),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((whole - bytes.len(), error)),
            }
        }
        Ok(())
    }

    /// Takes the last `bytes` of the file back; whether that could be done.
    fn take_back(&self, bytes: usize) -> bool {
        if !self.is_regular {
            return false;
        }
        // Where the last write ended, also of a file that is appended to.
        let Ok(end) = (&self.file).stream_position() else { return false };
        let is_last = self.file.metadata().is_ok_and(|metadata| metadata.len() == end);
        let Some(start) = end.checked_sub(bytes as u64).filter(|_| is_last) else { return false };
        self.file.set_len(start).is_ok() && (&self.file).seek(SeekFrom::Start(start)).is_ok()
    }
}

impl Sink for File {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        if self.is_poisoned {
            self.leave_poisoned()?;
        }
        // A layout that prints no lines has none that are torn.
        if self.is_torn && batch.ends_with(b"\n") {
            self.file.write_all(b"\n").map_err(|error| at(&self.current, &error))?;
            self.is_torn = false;
        }
        self.write_out(batch).map_err(|(written, error)| {
            let is_whole = written == 0 || batch[..written].ends_with(b"\n");
            self.is_torn = !self.take_back(written) && !is_whole;
            at(&self.current, &error)
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        let synced =
            self.file.sync_data().and_then(|()| if self.is_new { self.sync_entry() } else { Ok(()) });
        match synced {
            Ok(()) => self.is_new = false,
            Err(_) => self.is_poisoned = true,
        }
        synced.map_err(|error| at(&self.current, &error))
    }

    fn can_sync(&self) -> bool {
        self.is_regular
    }
}

impl File {
    /// Brings the file's entry in its directory to stable storage.
    fn sync_entry(&self) -> io::Result<()> {
        // Links are followed: the entry is where the file is.
        let path = self.current.canonicalize()?;
        let directory = path.parent().unwrap_or(Path::new("/"));
        match std::fs::File::open(directory) {
            Ok(directory) => directory.sync_all(),
            // A directory that may be written to and not be read: the whole file system, then.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Ok(rustix::fs::syncfs(&self.file)?)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether a file's last byte ends no line; not, if it may not be read.
fn ends_within_a_line(path: &Path) -> bool {
    let mut last = [b'\n'];
    let read = std::fs::File::open(path).and_then(|mut file| {
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(())
    });
    read.is_ok() && last != [b'\n']
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::read_to_string;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ringlog-file-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// A descriptor that takes what is written and cannot be synced, with the end that has to stay open.
    fn unsyncable() -> (std::fs::File, std::io::PipeReader) {
        let (reader, writer) = std::io::pipe().unwrap();
        (std::fs::File::from(std::os::fd::OwnedFd::from(writer)), reader)
    }

    #[test]
    fn a_file_that_cannot_be_synced_is_left_for_new_ones_beside_it() {
        let folder = Folder::new("poisoned");
        let path = folder.0.join("app.log");
        std::fs::write(folder.0.join("app.log.1"), "a stranger's").unwrap();
        for open in [File::create, File::append] {
            let mut sink = open(path.clone()).unwrap();
            sink.write(b"one\n").unwrap();
            sink.sync().unwrap();
            let (broken, _reader) = unsyncable();
            let good = std::mem::replace(&mut sink.file, broken);
            sink.write(b"lost\n").unwrap();
            let error = sink.sync().unwrap_err();
            assert!(error.to_string().contains("app.log"), "{error}");
            drop(good);
            sink.write(b"two\n").unwrap();
            sink.sync().unwrap();
            assert!(sink.name().ends_with("app.log"), "{}", sink.name());
            assert_eq!(read_to_string(folder.0.join("app.log.2")).unwrap(), "two\n");
            std::fs::remove_file(folder.0.join("app.log.2")).unwrap();
        }
        assert_eq!(read_to_string(&path).unwrap(), "one\none\n");
        assert_eq!(read_to_string(folder.0.join("app.log.1")).unwrap(), "a stranger's");
    }

    #[test]
    fn what_was_written_of_a_failed_batch_is_taken_back() {
        let folder = Folder::new("taken-back");
        let path = folder.0.join("app.log");
        for open in [File::create, File::append] {
            let mut sink = open(path.clone()).unwrap();
            let before = sink.file.metadata().unwrap().len();
            sink.write(b"whole\n").unwrap();
            sink.write(b"to").unwrap();
            assert!(sink.take_back(2));
            sink.write(b"next\n").unwrap();
            let text = read_to_string(&path).unwrap();
            assert_eq!(&text[before as usize..], "whole\nnext\n");
        }
        // Another process has appended meanwhile: nothing of its own is cut off.
        let mut sink = File::append(&path).unwrap();
        sink.write(b"torn").unwrap();
        let mut other = File::append(&path).unwrap();
        other.write(b" other\n").unwrap();
        assert!(!sink.take_back(4));
        assert!(read_to_string(&path).unwrap().ends_with("torn other\n"));
    }

    #[test]
    fn a_torn_line_is_ended_before_the_next_batch() {
        let folder = Folder::new("torn");
        let path = folder.0.join("app.log");
        let mut sink = File::create(&path).unwrap();
        sink.write(b"half a li").unwrap();
        sink.is_torn = true;
        sink.write(b"whole\n").unwrap();
        sink.write(b"another\n").unwrap();
        assert_eq!(read_to_string(&path).unwrap(), "half a li\nwhole\nanother\n");
    }

    #[test]
    fn a_line_that_an_earlier_process_has_left_torn_is_ended() {
        let folder = Folder::new("left-torn");
        let path = folder.0.join("app.log");
        for (left, first, text) in [
            ("", "one\n", "one\n"),
            ("whole\n", "one\n", "whole\none\n"),
            ("whole\nto", "one\n", "whole\nto\none\n"),
            ("no lines;", "none;", "no lines;none;"),
        ] {
            std::fs::write(&path, left).unwrap();
            File::append(&path).unwrap().write(first.as_bytes()).unwrap();
            assert_eq!(read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_full_device_is_an_error_that_names_it() {
        let mut sink = File::append("/dev/full").unwrap();
        assert!(!sink.can_sync());
        let error = sink.write(b"one\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(error.to_string().contains("/dev/full"), "{error}");
    }

    #[test]
    fn a_file_whose_folder_cannot_be_read_is_synced_all_the_same() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("unreadable");
        std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o300)).unwrap();
        let mut sink = File::create(folder.0.join("app.log")).unwrap();
        sink.write(b"one\n").unwrap();
        sink.sync().unwrap();
        assert!(!sink.is_new);
        std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
}
