//! Decides which BLAS the crate is linked with and tells the crate by `cfg(blas = "…")`.
//!
//! 1. A Cargo feature names a library (`openblas-system`, `intel-mkl-static`, …): ndarray-linalg links it, nothing is
//!    linked here. A library that is not there is an error here, as the linker would only name functions.
//! 2. OpenBLAS is installed with its development files (pkg-config knows it, or it lies in a usual directory) and a
//!    trial program links and runs with it: it is linked.
//! 3. Otherwise the crate compiles its own provider of the BLAS functions that ndarray calls (`src/math/blas/provider.rs`).
//!
//! The environment variable `BATCHPROP_BLAS` overrides steps 2 and 3: `openblas` makes a missing OpenBLAS an error, `rust`
//! does not look for it.
//!
//! Where the linked library holds LAPACK as well, as distributions' OpenBLAS does, it also sets `cfg(lapack)`. All that needs
//! LAPACK asks for it: a call without it would not link.
//!
//! Installing or removing OpenBLAS later is noticed by the next `cargo build`. Package managers give files the time at which
//! the package was made, so watching for a newer library would not do. What is watched:
//! - without OpenBLAS, existing places that change when it is installed (see [`places_an_installation_touches`]), never a
//!   path that does not exist: Cargo would rerun this script, and rebuild the crate, on every call;
//! - with OpenBLAS, the library itself: once it is gone, Cargo reruns this script.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

/// The features that leave the choice to ndarray-linalg, and what each links.
const BACKEND_FEATURES: [(&str, &str); 3] = [
    ("CARGO_FEATURE_OPENBLAS_STATIC", "openblas"),
    ("CARGO_FEATURE_OPENBLAS_SYSTEM", "openblas"),
    ("CARGO_FEATURE_INTEL_MKL_STATIC", "intel-mkl"),
];

/// What a usable OpenBLAS must do: link, load, hold the CBLAS interface, and count with 32-bit integers.
const TRIAL: &str = r#"
use std::ffi::{CStr, c_char, c_int};
unsafe extern "C" {
    fn cblas_sdot(n: c_int, x: *const f32, x_step: c_int, y: *const f32, y_step: c_int) -> f32;
    fn openblas_get_config() -> *const c_char;
    fn openblas_set_num_threads(threads: c_int);
}
fn main() {
    let (x, y) = ([1.0, 2.0], [3.0, 4.0]);
    // SAFETY: two vectors of two elements; the configuration is a static C string.
    let (dot, config) = unsafe {
        openblas_set_num_threads(1);
        (cblas_sdot(2, x.as_ptr(), 1, y.as_ptr(), 1), CStr::from_ptr(openblas_get_config()))
    };
    assert_eq!(dot, 11.0);
    assert!(!config.to_string_lossy().contains("USE64BITINT"), "it counts with 64-bit integers");
}
"#;

/// What shows that this OpenBLAS was built with LAPACK: a QR decomposition, R = ±4 of the matrix 4.
const LAPACK_TRIAL: &str = r#"
use std::ffi::c_int;
unsafe extern "C" {
    fn dgeqrf_(
        rows: *const c_int, columns: *const c_int, a: *mut f64, stride: *const c_int, scales: *mut f64,
        work: *mut f64, work_len: *const c_int, info: *mut c_int,
    );
}
fn main() {
    let (one, mut a, mut scale, mut work, mut info) = (1, 4.0, 0.0, 0.0, 1);
    // SAFETY: a matrix of one element, and room for one element of each result.
    unsafe { dgeqrf_(&one, &one, &mut a, &one, &mut scale, &mut work, &one, &mut info) };
    assert!(info == 0 && a.abs() == 4.0);
}
"#;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(lapack)");
    println!(r#"cargo::rustc-check-cfg=cfg(blas, values("openblas", "intel-mkl", "rust"))"#);
    println!("cargo::rustc-check-cfg=cfg(portable_kernels)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=BATCHPROP_BLAS");

    let by_feature = BACKEND_FEATURES
        .iter()
        .find(|(feature, _)| env::var_os(feature).is_some());
    let blas = match by_feature {
        Some((feature, blas)) => {
            explain_what_is_missing(feature);
            println!("cargo::rustc-cfg=lapack");
            blas
        }
        None => match env::var("BATCHPROP_BLAS").as_deref() {
            Ok("rust") => "rust",
            Ok("openblas") if link_openblas() => "openblas",
            Ok("openblas") => fail(
                "BATCHPROP_BLAS=openblas, but no usable OpenBLAS was found: install its development package, \
                 or point PKG_CONFIG_PATH at the directory of its openblas.pc",
            ),
            Ok("") | Err(env::VarError::NotPresent) if link_openblas() => "openblas",
            Ok("") | Err(env::VarError::NotPresent) => "rust",
            Ok(_) | Err(env::VarError::NotUnicode(_)) => fail(
                "BATCHPROP_BLAS: expected openblas or rust; leave it unset to take OpenBLAS where it is installed",
            ),
        },
    };
    println!(r#"cargo::rustc-cfg=blas="{blas}""#);

    // What kernels in assembler read and write is hidden from ThreadSanitizer, which would miss a race, and from
    // MemorySanitizer, which would call the product uninitialised. Only set by Cargo where such flags may be given.
    let sanitizers = variable("CARGO_CFG_SANITIZE");
    if sanitizers
        .split(',')
        .any(|sanitizer| matches!(sanitizer, "thread" | "memory"))
    {
        println!("cargo::rustc-cfg=portable_kernels");
    }
}

fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    exit(1);
}

/// Ends with a message if the library that a feature names is not there. The crates that link it do not say so.
fn explain_what_is_missing(feature: &str) {
    match feature {
        // Elsewhere it comes from a package manager that this script does not know.
        "CARGO_FEATURE_OPENBLAS_SYSTEM" if variable("CARGO_CFG_TARGET_FAMILY") == "unix" => {
            let mut candidates = candidates(&library_directories());
            // Where the linker looks by itself.
            candidates.push(Candidate {
                directories: Vec::new(),
                libraries: vec!["openblas".to_owned()],
            });
            let tried = candidates
                .iter()
                .map(|it| try_out(it, TRIAL).and_then(|()| try_out(it, LAPACK_TRIAL)));
            if let Some(Err(reason)) = tried.reduce(Result::or) {
                fail(&format!(
                    "the feature openblas-system needs an installed OpenBLAS with LAPACK, but {reason}. Install its \
                     development package (Debian, Ubuntu: apt install libopenblas-dev), or leave the feature out"
                ));
            }
        }
        #[cfg(feature = "intel-mkl-static")]
        "CARGO_FEATURE_INTEL_MKL_STATIC" if !is_mkl_installed("mkl-static-lp64-seq") => println!(
            "cargo::warning=no Intel MKL is installed: pkg-config does not know one, and there is none in MKLROOT or \
             /opt/intel. The crate intel-mkl-src tries to download MKL 2020.1 from ghcr.io. If the linker does not find \
             functions such as cblas_sgemm, the download failed"
        ),
        _ => {}
    }
}

/// Whether intel-mkl-src finds Intel MKL in this configuration.
#[cfg(feature = "intel-mkl-static")]
fn is_mkl_installed(configuration: &str) -> bool {
    println!("cargo::rerun-if-env-changed=MKLROOT");
    let configuration = configuration.parse();
    intel_mkl_tool::Library::new(configuration.expect("a configuration's name")).is_ok()
}

/// A place where OpenBLAS seems to be.
struct Candidate {
    directories: Vec<PathBuf>,
    libraries: Vec<String>,
}

/// Emits what links OpenBLAS, if there is one that works, and the paths that would change the answer.
fn link_openblas() -> bool {
    let library_directories = library_directories();
    for candidate in candidates(&library_directories) {
        if let Err(reason) = try_out(&candidate, TRIAL) {
            let directories = &candidate.directories;
            println!("cargo::warning=passing over the OpenBLAS in {directories:?}: {reason}");
            continue;
        }
        for directory in &candidate.directories {
            println!("cargo::rustc-link-search=native={}", directory.display());
        }
        for library in &candidate.libraries {
            println!("cargo::rustc-link-lib={library}");
        }
        if try_out(&candidate, LAPACK_TRIAL).is_ok() {
            println!("cargo::rustc-cfg=lapack");
        }
        let mut searched = candidate.directories.iter().chain(&library_directories);
        if let Some(file) = searched.find_map(|directory| library_in(directory)) {
            println!("cargo::rerun-if-changed={}", file.display());
            // Usually a link into the package that is needed at run time, whose file name tells its version.
            if let Ok(file) = file.canonicalize() {
                println!("cargo::rerun-if-changed={}", file.display());
            }
        }
        return true;
    }
    for place in places_an_installation_touches(&library_directories) {
        println!("cargo::rerun-if-changed={}", place.display());
    }
    false
}

fn candidates(library_directories: &[PathBuf]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    // Also fails where the program pkg-config is missing, and when cross-compiling without a pkg-config for the target.
    if let Ok(found) = pkg_config::Config::new().cargo_metadata(false).probe("openblas") {
        candidates.push(Candidate {
            directories: found.link_paths,
            libraries: found.libs,
        });
    }
    if let Some(directory) = library_directories
        .iter()
        .find(|directory| library_in(directory).is_some())
    {
        candidates.push(Candidate {
            directories: vec![directory.clone()],
            libraries: vec!["openblas".to_owned()],
        });
    }
    candidates
}

/// The shared library in this directory, under the name that development packages give it.
fn library_in(directory: &Path) -> Option<PathBuf> {
    ["libopenblas.so", "libopenblas.dylib"]
        .map(|name| directory.join(name))
        .into_iter()
        .find(|file| file.exists())
}

/// Where distributions, Homebrew and OpenBLAS's own makefile install libraries of this machine.
fn library_directories() -> Vec<PathBuf> {
    let target = variable("TARGET");
    if target != variable("HOST") {
        return Vec::new();
    }
    let architecture = variable("CARGO_CFG_TARGET_ARCH");
    let mut directories = vec![
        format!("/usr/lib/{architecture}-linux-gnu").into(),
        "/usr/lib64".into(),
        "/usr/lib".into(),
        "/usr/local/lib64".into(),
        "/usr/local/lib".into(),
        "/opt/OpenBLAS/lib".into(),
    ];
    directories.extend(homebrew_prefixes().map(|prefix| prefix.join("opt/openblas/lib")));
    directories.retain(|directory: &PathBuf| directory.is_dir());
    directories
}

fn homebrew_prefixes() -> impl Iterator<Item = PathBuf> {
    ["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"]
        .into_iter()
        .map(PathBuf::from)
}

/// Small files and directories, all of them existing, of which at least one gets a new time when OpenBLAS is installed.
///
/// Cargo walks a directory to its leaves, so library directories themselves would be too slow, and change too often.
fn places_an_installation_touches(library_directories: &[PathBuf]) -> Vec<PathBuf> {
    // Development packages put a file here.
    let mut places: Vec<_> = library_directories
        .iter()
        .map(|it| it.join("pkgconfig"))
        .collect();
    if let Some(path) = env::var_os("PKG_CONFIG_PATH") {
        places.extend(env::split_paths(&path));
    }
    // Written anew after the installation of any shared library.
    places.push("/etc/ld.so.cache".into());
    // Homebrew keeps a lock file for each formula that it installed.
    places.extend(homebrew_prefixes().map(|prefix| prefix.join("var/homebrew/locks")));
    places.retain(|place| place.exists());
    places
}

/// Links a small program with the candidate and, unless cross-compiling, runs it.
fn try_out(candidate: &Candidate, trial: &str) -> Result<(), String> {
    let directory = PathBuf::from(variable("OUT_DIR"));
    let source = directory.join("openblas_trial.rs");
    let program = directory.join("openblas_trial");
    fs::write(&source, trial).map_err(|error| format!("{}: {error}", source.display()))?;

    let mut rustc = Command::new(variable("RUSTC"));
    rustc.arg(&source).arg("-o").arg(&program);
    rustc.args([
        "--edition=2024",
        "--crate-type=bin",
        "--target",
        &variable("TARGET"),
    ]);
    rustc.args(
        variable("CARGO_ENCODED_RUSTFLAGS")
            .split('\x1f')
            .filter(|flag| !flag.is_empty()),
    );
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={linker}"));
    }
    for directory in &candidate.directories {
        rustc.arg("-L").arg(directory);
    }
    for library in &candidate.libraries {
        rustc.arg("-l").arg(library);
    }
    succeed(&mut rustc, "a trial program cannot be linked with it")?;
    if variable("TARGET") == variable("HOST") {
        succeed(&mut Command::new(&program), "a trial program cannot run with it")?;
    }
    Ok(())
}

/// Runs a command; if it fails, says so with the command's last words.
fn succeed(command: &mut Command, complaint: &str) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{complaint}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let telling = words.lines().find(|line| {
        // What rustc and cc say around the linker's own words.
        let frame = ["linking with", "aborting due to", "ld returned"]
            .iter()
            .any(|words| line.contains(words));
        !frame
            && ["error: ", "cannot find", "integers"]
                .iter()
                .any(|words| line.contains(words))
    });
    let telling = telling.map_or("it says nothing", |line| {
        line.trim().trim_start_matches("= note: ")
    });
    Err(format!("{complaint}: {telling}"))
}

/// A variable that Cargo sets for build scripts.
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
