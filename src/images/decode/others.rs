//! Files that are no pictures for this reader, told by their first bytes, and what to do with each.

/// A kind of file.
pub(super) struct Other {
    /// What it is called.
    pub name: &'static str,
    /// What the user can do.
    pub hint: &'static str,
    starts: &'static [(usize, &'static [u8])],
}

const TO_PNG: &str = "Open it in an image viewer and export it as PNG or JPEG.";
const TO_NPZ: &str = "That is no picture: give pictures, IDX images or CSV.";

const HEIF_BRANDS: [&[u8]; 7] = [b"heic", b"heix", b"heim", b"hevc", b"hevx", b"mif1", b"msf1"];

/// A new kind is a new row.
const OTHERS: [Other; 16] = [
    Other {
        name: "an AVIF picture",
        hint: "Convert it: Python's Pillow does, with Image.open(\"photo.avif\").save(\"photo.png\").",
        starts: &[(4, b"ftypavif"), (4, b"ftypavis")],
    },
    Other {
        name: "a TIFF picture",
        hint: TO_PNG,
        starts: &[(0, b"II*\0"), (0, b"MM\0*")],
    },
    Other {
        name: "a JPEG 2000 or JPEG XL picture",
        hint: TO_PNG,
        starts: &[
            (4, b"jP  "),
            (4, b"JXL "),
            (0, b"\xff\x4f\xff\x51"),
            (0, b"\xff\x0a"),
        ],
    },
    Other {
        name: "a Windows icon",
        hint: TO_PNG,
        starts: &[(0, b"\0\0\x01\0\x01\0"), (0, b"\0\0\x02\0\x01\0")],
    },
    Other {
        name: "a TGA picture",
        hint: TO_PNG,
        starts: &[(0, b"\0\0\x02\0\0"), (0, b"\0\0\x03\0\0"), (0, b"\0\0\x0a\0\0")],
    },
    Other {
        name: "a PNM picture (PBM, PGM or PPM)",
        hint: TO_PNG,
        starts: &[
            (0, b"P1\n"),
            (0, b"P2\n"),
            (0, b"P3\n"),
            (0, b"P4\n"),
            (0, b"P5\n"),
            (0, b"P6\n"),
        ],
    },
    Other {
        name: "a Photoshop file",
        hint: TO_PNG,
        starts: &[(0, b"8BPS")],
    },
    Other {
        name: "a PDF document",
        hint: "Export its page as PNG, or take a screenshot of the digit.",
        starts: &[(0, b"%PDF")],
    },
    Other {
        name: "an SVG or XML document",
        hint: "Export it as PNG, or take a screenshot of the digit.",
        starts: &[
            (0, b"<svg"),
            (0, b"<?xml"),
            (0, b"\xef\xbb\xbf<"),
            (0, b"<!DOCTYPE"),
            (0, b"<html"),
        ],
    },
    Other {
        name: "a video",
        hint: "Save one of its frames as PNG.",
        starts: &[
            (4, b"ftypisom"),
            (4, b"ftypmp4"),
            (4, b"ftypqt"),
            (4, b"ftypM4V"),
            (0, b"\x1a\x45\xdf\xa3"),
        ],
    },
    Other {
        name: "a zip archive, as .npz files are too",
        hint: "Unpack it, and give the pictures in it.",
        starts: &[(0, b"PK\x03\x04"), (0, b"PK\x05\x06")],
    },
    Other {
        name: "a NumPy array",
        hint: TO_NPZ,
        starts: &[(0, b"\x93NUMPY")],
    },
    Other {
        name: "a pickle",
        hint: TO_NPZ,
        starts: &[
            (0, b"\x80\x02"),
            (0, b"\x80\x03"),
            (0, b"\x80\x04"),
            (0, b"\x80\x05"),
        ],
    },
    Other {
        name: "a Parquet table",
        hint: TO_NPZ,
        starts: &[(0, b"PAR1")],
    },
    Other {
        name: "an HDF5 file",
        hint: TO_NPZ,
        starts: &[(0, b"\x89HDF\r\n")],
    },
    Other {
        name: "a MATLAB file",
        hint: TO_NPZ,
        starts: &[(0, b"MATLAB 5.0 MAT-file")],
    },
];

const HEIC: Other = Other {
    name: "a HEIC photograph",
    hint: "Save it as JPEG: an iPhone takes JPEG with Settings, Camera, Formats, Most Compatible, and sends JPEG when a \
           photograph is mailed; heif-convert converts it.",
    starts: &[],
};

/// What a file with these first bytes is, if it is one of these kinds.
pub(super) fn of(beginning: &[u8]) -> Option<&'static Other> {
    let is = |start: usize, magic: &[u8]| beginning.get(start..).is_some_and(|rest| rest.starts_with(magic));
    if is(4, b"ftyp") && HEIF_BRANDS.iter().any(|brand| is(8, brand)) {
        // An AVIF's brand may be the common one, with its own among those that it is compatible with.
        let is_avif = beginning
            .iter()
            .take(64)
            .collect::<Vec<_>>()
            .windows(4)
            .any(|four| four.iter().copied().eq(b"avif"));
        return Some(if is_avif { &OTHERS[0] } else { &HEIC });
    }
    OTHERS
        .iter()
        .find(|other| other.starts.iter().any(|&(start, magic)| is(start, magic)))
}
