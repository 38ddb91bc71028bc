//! Compression, and whether an archive holds what a file does.

use super::names::Format;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};

/// How files are compressed that are no longer written to.
///
/// ```
/// use ringlog::sink::{Compression, RollingFile};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(feature = "gzip")]
/// # {
/// # let folder = std::env::temp_dir().join(format!("ringlog-gzip-{}", std::process::id()));
/// let file = RollingFile::builder(folder.join("app.log")).max_size(1 <<
/// 30).compress(Compression::Gzip).open()?;
/// # drop(file);
/// # std::fs::remove_dir_all(&folder)?;
/// # }
/// # Ok(())
/// # }
/// ```
#[cfg(any(feature = "gzip", feature = "zstd"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// As `gzip`, at its default level: `app.log.1.gz`.
    #[cfg(feature = "gzip")]
    Gzip,
    /// As `zstd`, at its default level, with a checksum: `app.log.1.zst`.
    #[cfg(feature = "zstd")]
    Zstd,
}

#[cfg(any(feature = "gzip", feature = "zstd"))]
impl Compression {
    pub(super) fn format(self) -> Format {
        match self {
            #[cfg(feature = "gzip")]
            Self::Gzip => Format::Gzip,
            #[cfg(feature = "zstd")]
            Self::Zstd => Format::Zstd,
        }
    }
}

/// How many bytes are read between two looks at whether to stop.
const CHUNK: usize = 64 << 10;

/// Writes what `from` holds to `to`, compressed, and returns how many bytes that were; none if `stop` said
/// so.
pub(super) fn compress(
    from: &File,
    to: &File,
    format: Format,
    stop: &dyn Fn() -> bool,
) -> io::Result<Option<u64>> {
    match format {
        #[cfg(feature = "gzip")]
        Format::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(to, flate2::Compression::default());
            let read = copy(from, &mut encoder, stop)?;
            encoder.finish()?;
            Ok(read)
        }
        #[cfg(feature = "zstd")]
        Format::Zstd => {
            let mut encoder = zstd::stream::write::Encoder::new(to, zstd::DEFAULT_COMPRESSION_LEVEL)?;
            encoder.include_checksum(true)?;
            let read = copy(from, &mut encoder, stop)?;
            encoder.finish()?;
            Ok(read)
        }
        #[allow(unreachable_patterns, reason = "reached where a feature is off")]
        _ => {
            let _ = (from, to, stop);
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

#[cfg_attr(
    not(any(feature = "gzip", feature = "zstd")),
    expect(dead_code, reason = "nothing to compress with")
)]
fn copy(mut from: &File, to: &mut dyn Write, stop: &dyn Fn() -> bool) -> io::Result<Option<u64>> {
    let mut chunk = vec![0; CHUNK];
    let mut copied = 0;
    while !stop() {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(Some(copied)),
            Ok(read) => {
                to.write_all(&chunk[..read])?;
                copied += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// What an archive is to the file that stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It holds all that the file does.
    Whole,
    /// It ends too early, or its checksum does not agree.
    Broken,
    /// It holds something else, or can't be read with the features that are on.
    Other,
}

/// Compares an archive with a file, byte by byte.
pub(super) fn verify(original: &File, archive: &File, format: Format) -> io::Result<Verdict> {
    let archive = BufReader::new(archive);
    match format {
        #[cfg(feature = "gzip")]
        Format::Gzip => compare(original, flate2::bufread::MultiGzDecoder::new(archive)),
        #[cfg(feature = "zstd")]
        Format::Zstd => match zstd::stream::read::Decoder::with_buffer(archive) {
            Ok(decoder) => compare(original, decoder),
            Err(_) => Ok(Verdict::Broken),
        },
        #[allow(unreachable_patterns, reason = "reached where a feature is off")]
        _ => {
            let _ = (original, archive);
            Ok(Verdict::Other)
        }
    }
}

#[cfg_attr(not(any(feature = "gzip", feature = "zstd")), expect(dead_code, reason = "nothing to read with"))]
fn compare(original: &File, mut decoder: impl Read) -> io::Result<Verdict> {
    let mut original = BufReader::new(original);
    let mut unpacked = vec![0; CHUNK];
    let mut expected = vec![0; CHUNK];
    let mut same = true;
    loop {
        let read = match decoder.read(&mut unpacked) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Ok(Verdict::Broken),
        };
        // It is read to its end all the same: only then is it known to be whole.
        if same {
            match original.read_exact(&mut expected[..read]) {
                Ok(()) => same = expected[..read] == unpacked[..read],
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => same = false,
                Err(error) => return Err(error),
            }
        }
    }
    let ends = same && original.read(&mut expected[..1])? == 0;
    Ok(if ends { Verdict::Whole } else { Verdict::Other })
}
