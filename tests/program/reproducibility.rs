//! The weights depend on data, options and seed, and on nothing else.

use super::{data, weights};

#[test]
fn every_number_of_threads_and_every_run_gives_the_same_weights() {
    let data = data();
    for options in [
        "",
        "--batch-size 300 --hidden 100",
        "--precision f64 --batch-size 64",
        "--augment all --dropout 0.1",
        "--augment all --precision f64 --batch-size 64",
    ] {
        let one = weights(data.path(), &format!("{options} --threads 1"));
        for threads in [1, 2, 3, 8] {
            let others = weights(data.path(), &format!("{options} --threads {threads}"));
            assert_eq!(others, one, "{options}, {threads} threads");
        }
        assert_eq!(weights(data.path(), options), one, "{options}");
        let without = weights(data.path(), &format!("{options} --no-eval"));
        assert_eq!(without, one, "{options}");
    }
}

#[test]
fn another_seed_gives_other_weights() {
    let data = data();
    let of_seed = |seed: u64| weights(data.path(), &format!("--seed {seed}"));
    let all = [of_seed(0), of_seed(1), of_seed(2)];
    assert!(
        all[0] != all[1] && all[1] != all[2] && all[0] != all[2],
        "{all:?}"
    );
    assert_eq!(weights(data.path(), ""), all[0], "the default seed is 0");
}
