//! The scripts of docs/cluster.md, run as they are written: by `sh`, with the variables that schedulers and launchers set.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Run, assert_has, batchprop, data};

/// Runs a job at once, each task of an array with SLURM's variables, unless the job that it waits for failed.
const SBATCH: &str = r#"#!/bin/sh
set -e
for word; do
    case $word in
        --parsable) ;;
        --dependency=afterok:*) test -e "done-${word##*:}" ;;
        *) script=$word ;;
    esac
done
id=$(($(cat id 2>/dev/null || echo 0) + 1))
echo $id >id
array=$(sed -n 's/^#SBATCH --array=//p' "$script")
if [ -n "$array" ]; then
    export SLURM_ARRAY_TASK_MIN=${array%-*} SLURM_ARRAY_TASK_MAX=${array#*-} SLURM_ARRAY_TASK_STEP=1
    export SLURM_ARRAY_TASK_COUNT=$((SLURM_ARRAY_TASK_MAX - SLURM_ARRAY_TASK_MIN + 1)) SLURM_PROCID=0 SLURM_NTASKS=1
    for task in $(seq $SLURM_ARRAY_TASK_MIN $SLURM_ARRAY_TASK_MAX); do
        SLURM_ARRAY_TASK_ID=$task sh "$script" >slurm-$id-$task.out
    done
else
    sh "$script" >slurm-$id.out
fi
touch done-$id
echo $id
"#;

/// A fence of the page, and the name of the script that the line above it gives.
struct Fence {
    language: String,
    name: Option<String>,
    text: String,
}

fn fences() -> Vec<Fence> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cluster.md")).unwrap();
    let mut found: Vec<Fence> = Vec::new();
    let (mut is_inside, mut above) = (false, String::new());
    for line in page.lines() {
        match (line.strip_prefix("```"), is_inside) {
            (Some(language), false) => {
                let name = above.split('`').find(|word| word.ends_with(".sh"));
                found.push(Fence {
                    language: language.to_owned(),
                    name: name.map(str::to_owned),
                    text: String::new(),
                });
                is_inside = true;
            }
            (Some(_), true) => is_inside = false,
            (None, true) => found.last_mut().unwrap().text += &format!("{line}\n"),
            (None, false) if !line.is_empty() => above = line.to_owned(),
            _ => {}
        }
    }
    found
}

/// A folder with the page's scripts, and what they need.
struct Cluster {
    folder: TempDir,
    data: TempDir,
    fences: Vec<Fence>,
}

impl Cluster {
    fn new() -> Self {
        let cluster = Self {
            folder: TempDir::new().unwrap(),
            data: data(),
            fences: fences(),
        };
        fs::create_dir(cluster.at("bin")).unwrap();
        std::os::unix::fs::symlink(batchprop().get_program(), cluster.at("bin/batchprop")).unwrap();
        fs::write(cluster.at("bin/sbatch"), SBATCH).unwrap();
        fs::set_permissions(cluster.at("bin/sbatch"), PermissionsExt::from_mode(0o755)).unwrap();
        for fence in cluster
            .fences
            .iter()
            .filter(|fence| fence.text.starts_with("#!/bin/sh"))
        {
            fs::write(cluster.at(fence.name.as_ref().unwrap()), &fence.text).unwrap();
        }
        std::os::unix::fs::symlink(cluster.data.path(), cluster.at("data")).unwrap();
        cluster
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of the fence that has this.
    fn fence(&self, language: &str, part: &str) -> &str {
        let mut fences = self.fences.iter().filter(|fence| fence.language == language);
        let found = fences.find(|fence| !fence.text.starts_with("#!") && fence.text.contains(part));
        &found.unwrap_or_else(|| panic!("no fence has {part:?}")).text
    }

    /// Stdout of a script that must succeed, with these variables.
    fn sh(&self, script: &str, variables: &[(&str, String)]) -> String {
        let path = format!("{}:{}", self.at("bin").display(), env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-euc", script]).current_dir(self.folder.path());
        command.env("PATH", path).env_remove("BATCHPROP_DATA");
        Run::succeed(command.envs(variables.iter().map(|(name, value)| (name, value))))
    }
}

#[test]
fn an_array_of_slurm_trains_the_parts_and_the_job_after_it_merges_them() {
    let cluster = Cluster::new();
    let submit = cluster.fence("bash", "merge.sh");
    cluster.sh(submit, &[]);
    let part = fs::read_to_string(cluster.at("slurm-1-3.out")).unwrap();
    assert_has(
        &part,
        &[
            "\nPart      3 of 4, from SLURM_ARRAY_TASK_ID=3\n",
            "\nPart 3 of 4: 2 of 2 runs done, ",
        ],
    );
    let merged = fs::read_to_string(cluster.at("slurm-2.out")).unwrap();
    assert_has(
        &merged,
        &[
            "\nMerged    part-1.csv and 3 more files\nDone      8 runs before\n",
            "\n8 runs in ",
        ],
    );
    assert_eq!(
        fs::read_to_string(cluster.at("sweep.csv"))
            .unwrap()
            .lines()
            .count(),
        9
    );
    // Submitted again, nothing is left to train.
    cluster.sh(submit, &[]);
    assert_has(
        &fs::read_to_string(cluster.at("slurm-3-3.out")).unwrap(),
        &["\nDone      2 runs before\n"],
    );
}

#[test]
fn arrays_of_rungs_end_with_the_best_point() {
    let cluster = Cluster::new();
    cluster.sh(cluster.fence("bash", "for rung in"), &[]);
    let output = |name: &str| fs::read_to_string(cluster.at(name)).unwrap();
    assert_has(
        &output("slurm-1-2.out"),
        &["\nPart 2 of 2 of rung 1 of 3: 2 of 2 runs done, "],
    );
    assert_has(
        &output("slurm-2.out"),
        &[
            "\nRung 1 of 3 is complete. Run all parts again, with --merged halving.csv, for rung 2: 2 points to epoch 2.\n",
        ],
    );
    assert_has(&output("slurm-4.out"), &["for rung 3: 1 point to epoch 4.\n"]);
    assert_has(
        &output("slurm-6.out"),
        &["To train the best again and evaluate the test images:\n  batchprop train "],
    );
}

#[test]
fn pods_of_an_indexed_job_train_the_parts() {
    let cluster = Cluster::new();
    let job = cluster.fence("yaml", "completionMode: Indexed");
    let words = job.lines().skip_while(|line| line.trim() != "command:").skip(1);
    let words = words.map_while(|line| line.trim().strip_prefix("- "));
    let command: Vec<String> = words.map(|word| format!("'{word}'")).collect();
    for index in 0..4 {
        let stdout = cluster.sh(&command.join(" "), &[("JOB_COMPLETION_INDEX", index.to_string())]);
        let part = format!(
            "\nPart      {} of 4, from JOB_COMPLETION_INDEX={index}\n",
            index + 1
        );
        assert_has(&stdout, &[&part, " 1 of 1 run done, "]);
        assert!(cluster.at(&format!("pod-{}.csv", index + 1)).exists());
    }
}

#[test]
fn two_hosts_train_the_parts_that_gnu_parallel_gives_them() {
    let cluster = Cluster::new();
    let line = cluster.fence("bash", "parallel --sshlogin");
    let command = &line[line.find("batchprop").unwrap()..];
    for number in 1..=4 {
        cluster.sh(&command.replace("{}", &number.to_string()), &[]);
    }
    let merged = cluster.sh("batchprop train --runs 8 --epochs 2 --csv 'seeds-*.csv'", &[]);
    assert_has(&merged, &["\nDone      8 runs before\nMean: final "]);
}

#[test]
fn processes_of_mpirun_train_the_parts() {
    let cluster = Cluster::new();
    let line = cluster.fence("bash", "mpirun -n 4");
    let command = &line[line.find("batchprop").unwrap()..];
    for rank in 0..4 {
        let variables = [
            ("OMPI_COMM_WORLD_RANK", rank.to_string()),
            ("OMPI_COMM_WORLD_SIZE", "4".to_owned()),
        ];
        let stdout = cluster.sh(command, &variables);
        let first = 2 * rank;
        let part = format!(
            "\nPart      {} of 4, from OMPI_COMM_WORLD_RANK={rank}\n          seeds {first} to {} in part {}/4\n",
            rank + 1,
            first + 1,
            rank + 1
        );
        assert_has(&stdout, &[&part]);
    }
    cluster.sh("batchprop train --runs 8 --epochs 2 --csv 'rank-*.csv'", &[]);
}
