//! Files appear whole or not at all, and nothing is lost that was there before.

use std::fs;
use std::io::Write;

use super::{Existing, Target, TargetErrorKind};

fn names_in(folder: &std::path::Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_file_appears_whole_and_only_when_committed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let mut target = Target::file(&path, Existing::Refuse).unwrap();
    target.write_all(b"whole").unwrap();
    assert!(!path.exists());
    target.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"whole");
    assert_eq!(names_in(folder.path()), ["report.json"]);
}

#[test]
fn a_target_that_is_dropped_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut target = Target::file(&folder.path().join("report.json"), Existing::Refuse).unwrap();
    target.write_all(b"half").unwrap();
    target.flush().unwrap();
    drop(target);
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn an_existing_file_is_replaced_only_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    fs::write(&path, "old").unwrap();
    let error = Target::file(&path, Existing::Refuse).unwrap_err();
    assert!(matches!(error.kind, TargetErrorKind::Exists) && error.hint().unwrap().contains("--force"));
    assert_eq!(error.to_string(), format!("{}: exists already", path.display()));
    let mut target = Target::file(&path, Existing::Replace).unwrap();
    target.write_all(b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    target.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn a_folder_that_is_not_there_is_named_without_the_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = Target::file(&folder.path().join("none/report.json"), Existing::Refuse).unwrap_err();
    assert!(error.hint().is_some_and(|hint| hint.contains("folder")));
    assert!(!format!("{:#}", anyhow::Error::from(error)).contains(".acralog-"));
}

#[test]
fn a_file_that_appears_meanwhile_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let target = Target::file(&path, Existing::Refuse).unwrap();
    fs::write(&path, "somebody else's").unwrap();
    assert!(target.commit().is_err());
    assert_eq!(fs::read(&path).unwrap(), b"somebody else's");
    assert_eq!(names_in(folder.path()), ["report.json"]);
}

#[test]
fn directories_and_missing_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = Target::file(folder.path(), Existing::Replace).unwrap_err();
    assert!(matches!(error.kind, TargetErrorKind::Directory));
    let error = Target::file(&folder.path().join("no/report.json"), Existing::Replace).unwrap_err();
    assert!(matches!(error.kind, TargetErrorKind::Io(_)));
}

#[cfg(unix)]
#[test]
fn a_link_keeps_pointing_and_a_device_stays_a_device() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let mut target = Target::file(&link, Existing::Replace).unwrap();
    target.write_all(b"new").unwrap();
    target.commit().unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read(&file).unwrap(), b"new");
    let mut null = Target::file("/dev/null".as_ref(), Existing::Refuse).unwrap();
    null.write_all(b"gone").unwrap();
    null.commit().unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}
