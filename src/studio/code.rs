//! A link as a QR code, so that a hall opens the same state on its phones.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// The most bytes of an address whose code is read from the back of a hall: version 11 at level L, 61 modules a side (ISO/IEC 18004,
/// table 7).
pub const READABLE: usize = 300;

/// Light modules round the code, as the standard asks for (ISO/IEC 18004, 5.3.8).
const QUIET: i32 = 4;

/// A text of another length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address has {bytes} bytes, and a QR code holds at most 2 953")]
pub struct TooLong {
    /// Its length.
    pub bytes: usize,
}

/// A QR code: a square of dark and light modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    side: usize,
    dark: Vec<bool>,
}

impl Code {
    /// The code of a text, at the highest level of correction that needs no more modules than the lowest.
    ///
    /// # Errors
    /// [`TooLong`], for more than 2 953 bytes.
    pub fn of(text: &str) -> Result<Self, TooLong> {
        let code = QrCode::encode_text(text, QrCodeEcc::Low).map_err(|_| TooLong { bytes: text.len() })?;
        let size = code.size();
        let rows = -QUIET..size + QUIET;
        // Outside of the code every module is light.
        let dark = rows
            .clone()
            .flat_map(|y| rows.clone().map(move |x| (x, y)))
            .map(|(x, y)| code.get_module(x, y))
            .collect();
        Ok(Self {
            side: rows.count(),
            dark,
        })
    }

    /// Modules of a side, the light ones round the code included.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Column, row and length of each run of dark modules in a row.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.dark.chunks(self.side).enumerate().flat_map(|(y, row)| {
            let mut x = 0;
            row.chunk_by(|one, next| one == next).filter_map(move |run| {
                let from = x;
                x += run.len();
                (run.first() == Some(&true)).then_some((from, y, run.len()))
            })
        })
    }

    /// The dark modules as the path of an SVG whose view box is `0 0 side side`.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for (x, y, length) in self.runs() {
            // A string takes everything.
            write!(path, "M{x} {y}h{length}v1h-{length}z").ok();
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a code as a camera does, from grey pixels.
    fn read(code: &Code) -> String {
        const SCALE: usize = 4;
        let side = SCALE * code.side();
        let mut pixels = vec![255_u8; side * side];
        for (x, y, length) in code.runs() {
            for row in SCALE * y..SCALE * (y + 1) {
                pixels[side * row + SCALE * x..][..SCALE * length].fill(0);
            }
        }
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| pixels[side * y + x]);
        let found = image.detect_grids();
        let [grid] = found.as_slice() else {
            panic!("{} codes", found.len())
        };
        grid.decode().expect("it can be read").1
    }

    #[test]
    fn a_code_is_read_back_as_the_same_link() {
        let mut lab = crate::lab::Lab::default();
        let short = "https://example.org/lab/?lesson=3-robust-split&step=2".to_owned();
        let link = format!("https://example.org/{}", crate::lab::link::encode(&lab));
        lab.lens = crate::lab::LensId::Robust;
        let other = format!("https://example.org/{}", crate::lab::link::encode(&lab));
        assert_ne!(link, other);
        for text in [short, link, other, "x".repeat(READABLE)] {
            assert_eq!(read(&Code::of(&text).expect("a code")), text);
        }
    }

    #[test]
    fn a_code_has_its_size_and_its_bound() {
        // Version 1 has 21 modules (ISO/IEC 18004, table 1), and 4 on each side.
        assert_eq!(Code::of("a").expect("a code").side(), 29);
        assert!(Code::of(&"x".repeat(2953)).is_ok());
        assert_eq!(Code::of(&"x".repeat(2954)), Err(TooLong { bytes: 2954 }));
        let path = Code::of("a").expect("a code").path();
        assert!(path.starts_with("M4 4h7v1h-7z"), "{path}");
    }
}
