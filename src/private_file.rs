//! Files of our own that are nobody else's business: opened so that no link leads elsewhere, locked, made anew, and made to last. What
//! is in them is left to whoever writes them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Opens a file that only its owner may read when it is new. Whoever may write into its folder must not have a run write over what he
/// could not, so a symbolic link is not followed; and nothing is waited for, should it be a pipe.
///
/// # Errors
/// What the system says; `Unsupported` when it is no file.
pub fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::Unsupported, "is not a file"));
    }
    Ok(file)
}

/// Opens a file to read and write it, which is made when it is not there.
///
/// # Errors
/// Those of [`open`].
pub fn open_or_create(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().read(true).write(true).create(true), path)
}

/// Makes a file in the place of one that is of no use any more.
///
/// # Errors
/// What the system says.
pub fn create_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    open(OpenOptions::new().read(true).write(true).create_new(true), path)
}

/// Flushes the folder of a file: that the file was made or renamed is on disk when its folder is.
///
/// # Errors
/// What the system says.
pub fn sync_folder_of(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn what_is_made_is_its_owners_alone_and_no_link_leads_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for (name, made) in [("new", open_or_create(&path("new"))), ("anew", create_anew(&path("anew")))] {
            let mode = made.and_then(|file| file.metadata()).expect(name).permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        fs::write(path("elsewhere"), "theirs").expect("a file");
        symlink(path("elsewhere"), path("link")).expect("a link");
        assert!(open_or_create(&path("link")).is_err());
        create_anew(&path("link")).expect("a file in the place of the link");
        assert_eq!(fs::read_to_string(path("elsewhere")).expect("a file"), "theirs");
        assert!(path("link").symlink_metadata().expect("it").is_file());
    }

    #[test]
    fn what_is_no_file_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .expect("a pipe");
        assert_eq!(open_or_create(&pipe).expect_err("a pipe").kind(), ErrorKind::Unsupported);
    }
}
