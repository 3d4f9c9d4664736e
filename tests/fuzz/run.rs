//! One target for its time.

use super::{
    fuzz::Target,
    mutate::{Chance, minimise, mutate},
    root, seeds,
};
use std::{
    cell::RefCell,
    collections::HashSet,
    env, fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::Once,
    time::{Duration, Instant},
};

/// Inputs kept to be changed on.
const CORPUS_MAX: usize = 600;

/// What takes longer on one input hangs, for whoever waits for it.
const SLOW: Duration = Duration::from_secs(10);

thread_local! {
    /// Where and why this thread panicked last, while somebody listens.
    static PANIC: RefCell<Option<Broken>> = const { RefCell::new(None) };
}

/// A property that does not hold, or a crash.
#[derive(Clone, Default)]
struct Broken {
    place: String,
    why: String,
}

/// Panics of threads that listen are kept instead of printed.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let kept = PANIC.try_with(|kept| {
                let mut kept = kept.borrow_mut();
                let Some(broken) = kept.as_mut() else { return false };
                broken.place = info.location().map(ToString::to_string).unwrap_or_default();
                info.payload_as_str().unwrap_or_default().clone_into(&mut broken.why);
                true
            });
            if !kept.unwrap_or(false) {
                before(info);
            }
        }));
    });
}

fn attempt(target: Target, input: &[u8]) -> Result<u64, Broken> {
    PANIC.set(Some(Broken::default()));
    let began = Instant::now();
    let ended = panic::catch_unwind(AssertUnwindSafe(|| target(input)));
    let broken = PANIC.take().unwrap_or_default();
    let took = began.elapsed();
    match ended {
        Ok(_) if took > SLOW => Err(Broken { place: "it takes too long".into(), why: format!("{took:?}") }),
        Ok(mark) => Ok(mark),
        Err(_) => Err(broken),
    }
}

/// An overflow of the stack ends the process: what was read last is in this file then, and read first the next time.
struct Last(PathBuf);

impl Last {
    fn of(name: &str) -> Self {
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}.last")))
    }

    fn is(&self, input: &[u8]) {
        fs::write(&self.0, input).unwrap();
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs the crashes that are kept, the seeds, and inputs made of them until time is up.
pub fn run(name: &str, target: Target) {
    listen();
    let seconds = env::var("FLIGHTDECK_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let time = Duration::from_secs_f64(f64::clamp(seconds.unwrap_or(1.0), 0.0, 86_400.0));
    let mut chance = Chance::new(&env::var("FLIGHTDECK_FUZZ_SEED").unwrap_or_default());
    let last = Last::of(name);
    if let Ok(input) = fs::read(&last.0) {
        println!("{name}: the process ended while it read {}; once more", last.0.display());
        hold(name, target, &input);
    }
    let kept = kept(name);
    for (path, input) in &kept {
        last.is(input);
        if let Err(broken) = attempt(target, input) {
            panic!("{name}: {} is back, at {}\n{}", path.display(), broken.place, broken.why);
        }
    }
    let mut corpus = seeds::of(name);
    assert!(!corpus.is_empty(), "{name} has no seeds");
    let (seeds, words) = (corpus.len(), words(&corpus));
    let mut marks = HashSet::new();
    for seed in &corpus {
        last.is(seed);
        marks.insert(hold(name, target, seed));
    }
    corpus.extend(kept.into_iter().map(|(_, input)| input));
    let (until, mut inputs) = (Instant::now() + time, 0_u64);
    while Instant::now() < until {
        let (one, other) = (chance.below(corpus.len()), chance.below(corpus.len()));
        let input = mutate(&mut chance, &corpus[one], &corpus[other], &words);
        last.is(&input);
        inputs += 1;
        if marks.insert(hold(name, target, &input)) && corpus.len() < CORPUS_MAX {
            corpus.push(input);
        }
    }
    println!("{name}: {seeds} seeds, {inputs} inputs made of them, {} ends", marks.len());
}

/// Runs an input; where it breaks, the shortest that breaks at the same place is put down and told.
fn hold(name: &str, target: Target, input: &[u8]) -> u64 {
    let broken = match attempt(target, input) {
        Ok(mark) => return mark,
        Err(broken) => broken,
    };
    let short =
        minimise(input, |shorter| attempt(target, shorter).is_err_and(|other| other.place == broken.place));
    let broken = attempt(target, &short).err().unwrap_or(broken);
    let mark = short.iter().fold(0_u32, |hash, b| hash.wrapping_mul(31).wrapping_add(u32::from(*b)));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}-{mark:08x}"));
    fs::write(&path, &short).unwrap();
    let dir = format!("tests/fuzz/crashes/{name}");
    panic!(
        "{name} at {}\n{}\n{} bytes: \"{}\"\nkeep it: mkdir -p {dir} && cp {} {dir}/{mark:08x}",
        broken.place,
        broken.why,
        short.len(),
        short.escape_ascii(),
        path.display()
    );
}

/// Inputs that once broke a target.
fn kept(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let dir = root().join("tests/fuzz/crashes").join(name);
    let Ok(listing) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// The words of the seeds, each once.
fn words(seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let mut words: Vec<Vec<u8>> = seeds
        .iter()
        .flat_map(|seed| seed.chunk_by(|a, b| is_word(a) == is_word(b)))
        .filter(|word| (2..=40).contains(&word.len()))
        .map(<[u8]>::to_vec)
        .collect();
    words.sort();
    words.dedup();
    words.push(b"=".to_vec());
    words
}
