//! A master key in an environment variable, as Acra takes it, or in a file. Messages name the variable or the file, never
//! what it holds.

use std::ffi::OsString;
use std::path::Path;

use zeroize::Zeroizing;

use super::{BASE64_HINT, MasterKey, decode};
use crate::failure::Failure;
use crate::key::secret::decode_go_base64;
use crate::key::secret::{FILE_BYTES_MAX, SecretFileError, read_file};
use crate::key::secret::{is_secret_text, is_variable_name};

/// What a file may hold, for people.
const FILE_HINT: &str = "a master key file holds what ACRA_MASTER_KEY holds (base64), or the raw key: 32 bytes or more for \
                         keystore v1, JSON for v2";

/// The master key in the variable `name`; None is a variable that is not set.
///
/// # Errors
/// When the variable is not set or empty, when it is not base64, or when `name` is no name.
pub fn from_variable(name: &str, value: Option<OsString>) -> Result<MasterKey, Failure> {
    let hint = "it holds the master key of the keystore; --master-key-env or --master-key-file name another place";
    let value = variable_text(name, value, hint)?;
    MasterKey::from_base64(&value, format!("the variable {name}"))
}

/// What a service is to make a master key of, in base64 in the variable `name`.
///
/// # Errors
/// See [`from_variable`].
pub fn wrapped_in_variable(name: &str, value: Option<OsString>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let hint =
        "it holds the master key as the service encrypted it, in base64; --master-key-env names another variable";
    let value = variable_text(name, value, hint)?;
    decode(&value, &format!("the variable {name}"))
}

fn variable_text(name: &str, value: Option<OsString>, hint: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let value = Zeroizing::new(value.unwrap_or_default().into_encoded_bytes());
    // The value in place of the name is an easy slip, and may not be repeated in a message.
    if name.is_empty() || name.contains('=') || (value.is_empty() && !is_variable_name(name)) {
        return Err(Failure::usage("--master-key-env was given something that is not the name of a variable")
            .with_hint("export the master key as a variable and give its name: --master-key-env ACRA_MASTER_KEY"));
    }
    if value.is_empty() {
        return Err(Failure::new(format!("the variable {name} is not set, or empty")).with_hint(hint));
    }
    Ok(value)
}

/// The master key in a file, and what people should know about the file. A pipe will do.
///
/// Text is what the variable would hold, or JSON; anything else is the key itself. Text that is neither is refused, so that
/// a misspelled value is not taken for a key: 32 random bytes are not text.
///
/// # Errors
/// When the file cannot be read, or holds text that is neither base64 nor JSON.
pub fn from_file(path: &Path) -> Result<(MasterKey, Option<String>), Failure> {
    let source = format!("--master-key-file {}", path.display());
    let file = read_file(path).map_err(|why| match why {
        SecretFileError::Refused(_) if is_secret_text(path.as_os_str().as_encoded_bytes()) => {
            Failure::usage("--master-key-file was given something that is not the name of a file").with_hint(FILE_HINT)
        }
        SecretFileError::Refused(error) => {
            Failure::new(format!("{}: cannot read the master key file: {error}", path.display()))
        }
        SecretFileError::Unfit(kind) => {
            Failure::new(format!("{}: the master key file is {kind}", path.display())).with_hint(FILE_HINT)
        }
    })?;
    if file.content.is_empty() || file.is_too_long() {
        let what = if file.content.is_empty() {
            "is empty".to_owned()
        } else {
            format!("has more than {FILE_BYTES_MAX} bytes")
        };
        return Err(Failure::new(format!("{}: the master key file {what}", path.display())).with_hint(FILE_HINT));
    }
    let warning = file.warning(path, "master key file");
    let is_text = file.content.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let is_json = file.content.trim_ascii_start().starts_with(b"{");
    let is_base64 = is_text && decode_go_base64(&file.content).is_some_and(|bytes| !bytes.is_empty());
    if is_text && !is_base64 && !is_json {
        let hint = format!("{BASE64_HINT}; or the raw bytes of the key");
        return Err(Failure::new(format!("{source}: text that is no master key")).with_hint(hint));
    }
    let master = match is_base64 {
        true => MasterKey::from_base64(&file.content, source)?,
        false => MasterKey::from_bytes(file.content, source),
    };
    Ok((master, warning))
}
