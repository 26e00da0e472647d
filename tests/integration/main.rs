//! The one integration test binary: the command line tool as people use it, held against genuine and damaged logs. Each
//! module covers one promise; what single functions do is tested beside them in `src`.

mod cli; // help, usage errors, and the generated files that are committed
mod house; // the rules of the house, as far as a program can read them
mod readme; // every command and every table people copy from the README
