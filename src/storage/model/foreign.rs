//! Files of networks that cannot be read safely, or at all: what they are, and how to convert them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::Error;

/// The first bytes of such files, what they are, and the lines of Python that convert them. `FILE` stands for the path.
const KINDS: [(&[u8], &str, &str); 3] = [
    (b"PK\x03\x04", PYTORCH, TO_SAFETENSORS),
    (b"\x80", PYTORCH, TO_SAFETENSORS),
    (b"\x89HDF", "a network of Keras in HDF5", KERAS),
];

const PYTORCH: &str = "a pickle of PyTorch, which may run code when it is read";

const TO_SAFETENSORS: &str = "Python makes a safetensors file of it: `import torch; from safetensors.torch import save_file; \
    d = torch.load('FILE', map_location='cpu', weights_only=True); save_file(d.get('state_dict', d), 'model.safetensors')`.";

const KERAS: &str = "Python makes an .npz file of it: `import keras, numpy; \
    numpy.savez('model.npz', *keras.models.load_model('FILE').get_weights())`.";

/// The error for the file at `path`, if it is such a file.
pub(super) fn refusal(path: &Path) -> Option<Error> {
    let mut beginning = Vec::new();
    if !path.is_file() {
        return None;
    }
    File::open(path).ok()?.take(8).read_to_end(&mut beginning).ok()?;
    let is_keras = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("keras"));
    let known = KINDS.into_iter().find(|(magic, ..)| beginning.starts_with(magic));
    let (_, found, hint) = known.map(|kind| match is_keras {
        true => (kind.0, "a network of Keras", KERAS),
        false => kind,
    })?;
    Some(Error::Format {
        path: path.to_owned(),
        place: "byte 0".to_owned(),
        expected: "a network as .safetensors, .npz or .json".to_owned(),
        found: found.to_owned(),
        hint: hint.replace("FILE", &path.display().to_string()),
    })
}
