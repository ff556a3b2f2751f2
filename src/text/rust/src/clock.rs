//! Hugging Face's `strftime_now(format)`.

use minijinja::{Error, ErrorKind};

/// Longer dates are refused.
const SIZE_MAX: usize = 1 << 16;

extern "C" {
    /// POSIX: localtime_r need not look at the time zone by itself.
    fn tzset();
}

fn refusal() -> Error {
    Error::new(ErrorKind::InvalidOperation, "strftime_now was given a format that cannot be used")
}

/// As Python's `datetime.now().strftime(format)`, in local time. `now`: seconds since 1970.
pub fn strftime(format: &str, now: i64) -> Result<String, Error> {
    // The one more character tells an empty date from one that does not fit.
    let format = std::ffi::CString::new(without_pythons(format) + ".").map_err(|_| refusal())?;
    let mut buffer = vec![0u8; 256];
    // SAFETY: `time` and `buffer` are valid for writing, and strftime ends within the buffer or returns 0.
    let size = unsafe {
        let mut time: libc::tm = std::mem::zeroed();
        tzset();
        if libc::localtime_r(&now, &mut time).is_null() {
            return Err(refusal());
        }
        loop {
            let size = libc::strftime(buffer.as_mut_ptr().cast(), buffer.len(), format.as_ptr(), &time);
            if size > 0 || buffer.len() > SIZE_MAX {
                break size;
            }
            buffer.resize(buffer.len() * 2, 0);
        }
    };
    buffer.truncate(size);
    buffer.pop().ok_or_else(refusal)?;
    String::from_utf8(buffer).map_err(|_| refusal())
}

/// Python's own codes done: microseconds, and a time zone, which `now()` does not have.
fn without_pythons(format: &str) -> String {
    let mut out = String::with_capacity(format.len());
    let mut source = format.chars();
    while let Some(c) = source.next() {
        match (c, if c == '%' { source.next() } else { None }) {
            ('%', Some('f')) => out.push_str("000000"),
            ('%', Some('z' | 'Z')) => {}
            ('%', Some(code)) => out.extend(['%', code]),
            (c, _) => out.push(c),
        }
    }
    out
}
