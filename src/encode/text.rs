//! Strings, of text, of the platform and of C.

use super::words::SHORT;
use super::{Encode, Options, Reader, Rebuild, Writer, words_for};
use crate::layout::{Output, Pen};
use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Types that are a length and bytes. The view is a reference to the borrowed one of them.
macro_rules! bytes {
    ($($type:ty => $view:ty, |$value:ident| $to:expr, |$bytes:ident| $from:expr $(, $shown:ident)?;)*) => {$(
        // SAFETY: a word for the length and as many as the bytes need. Nothing about them can change behind a
        // shared reference.
        unsafe impl Encode for $type {
            type View<'r> = &'r $view;

            #[inline(always)]
            fn words(&self) -> usize {
                let $value = self;
                1 + words_for($to.len())
            }

            #[inline(always)]
            fn is_short($value: &Self) -> bool {
                $to.len() <= SHORT
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                let $value = self;
                let bytes: &[u8] = $to;
                // SAFETY: the caller vouches for the length's word and the bytes'.
                unsafe {
                    writer.word(bytes.len() as u64);
                    writer.bytes(bytes);
                }
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> &'r $view {
                // SAFETY: the length and the bytes are what `encode` made of such a string, in this process.
                unsafe {
                    let len = reader.word() as usize;
                    let $bytes = reader.bytes(len);
                    $from
                }
            }

            $($shown!();)?
        }
    )*};
}

macro_rules! shown_as_text {
    () => {
        const SHOWS: bool = true;

        #[inline(always)]
        fn show(view: &Self::View<'_>, pen: &mut Pen<'_, '_>) -> fmt::Result {
            pen.value(view);
            Ok(())
        }

        fn show_by(view: &Self::View<'_>, options: &Options, out: &mut Output<'_>) -> bool {
            options.text(view, out);
            true
        }

        fn show_debug(view: &Self::View<'_>, out: &mut Output<'_>) -> bool {
            out.quoted(view).is_ok()
        }
    };
}

bytes! {
    str => str, |text| text.as_bytes(), |bytes| str::from_utf8_unchecked(bytes), shown_as_text;
    String => str, |text| text.as_bytes(), |bytes| str::from_utf8_unchecked(bytes), shown_as_text;
    Cow<'_, str> => str, |text| text.as_bytes(), |bytes| str::from_utf8_unchecked(bytes), shown_as_text;
    OsStr => OsStr, |text| text.as_encoded_bytes(), |bytes| OsStr::from_encoded_bytes_unchecked(bytes);
    OsString => OsStr, |text| text.as_encoded_bytes(), |bytes| OsStr::from_encoded_bytes_unchecked(bytes);
    Path => Path,
        |path| path.as_os_str().as_encoded_bytes(),
        |bytes| Path::new(OsStr::from_encoded_bytes_unchecked(bytes));
    PathBuf => Path,
        |path| path.as_os_str().as_encoded_bytes(),
        |bytes| Path::new(OsStr::from_encoded_bytes_unchecked(bytes));
    CStr => CStr, |text| text.to_bytes_with_nul(), |bytes| CStr::from_bytes_with_nul_unchecked(bytes);
    CString => CStr, |text| text.as_bytes_with_nul(), |bytes| CStr::from_bytes_with_nul_unchecked(bytes);
}

/// How a field of the type is put together out of its view.
macro_rules! rebuild {
    ($($type:ty => $owned:ty, $from:expr;)*) => {$(
        impl Rebuild for $type {
            type Owned<'r> = $owned;

            #[inline]
            fn rebuild<'r>(view: Self::View<'r>) -> <Self as Rebuild>::Owned<'r> {
                $from(view)
            }
        }
    )*};
}

rebuild! {
    &str => &'r str, std::convert::identity;
    String => String, String::from;
    Cow<'_, str> => Cow<'r, str>, Cow::Borrowed;
    Box<str> => Box<str>, Box::from;
    Rc<str> => Rc<str>, Rc::from;
    Arc<str> => Arc<str>, Arc::from;
    &OsStr => &'r OsStr, std::convert::identity;
    OsString => OsString, OsString::from;
    &Path => &'r Path, std::convert::identity;
    PathBuf => PathBuf, PathBuf::from;
    Box<Path> => Box<Path>, Box::from;
    Arc<Path> => Arc<Path>, Arc::from;
    &CStr => &'r CStr, std::convert::identity;
    CString => CString, CString::from;
}
