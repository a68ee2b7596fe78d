//! `--part auto`: the variables by which schedulers and launchers number their tasks.
//!
//! | started by | number | count |
//! |---|---|---|
//! | [SLURM's job arrays](https://slurm.schedmd.com/job_array.html) | `SLURM_ARRAY_TASK_ID`, from `_MIN` in steps of `_STEP` | `SLURM_ARRAY_TASK_COUNT` |
//! | [Kubernetes' indexed jobs](https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode) | `JOB_COMPLETION_INDEX` | given by the user |
//! | `mpirun` of Open MPI | `OMPI_COMM_WORLD_RANK` | `OMPI_COMM_WORLD_SIZE` |
//! | `mpirun` of MPICH, `srun --mpi=pmi2` | `PMI_RANK` | `PMI_SIZE` |
//! | `srun` | `SLURM_PROCID` | `SLURM_NTASKS` |
//!
//! A launcher sets its variables inside of those of the one that started it, so the first of the last three counts. An array whose
//! tasks start a launcher of several processes has two numbers, which is refused.

use std::ffi::OsString;

use super::{Share, Taken};
use batchprop::Error;

/// What numbers a task and counts all of them.
const LAUNCHERS: [[&str; 2]; 3] = [
    ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"],
    ["PMI_RANK", "PMI_SIZE"],
    ["SLURM_PROCID", "SLURM_NTASKS"],
];

const ARRAY: &str = "SLURM_ARRAY_TASK_ID";
const ARRAY_COUNT: &str = "SLURM_ARRAY_TASK_COUNT";
const ARRAY_MIN: &str = "SLURM_ARRAY_TASK_MIN";
const ARRAY_MAX: &str = "SLURM_ARRAY_TASK_MAX";
const ARRAY_STEP: &str = "SLURM_ARRAY_TASK_STEP";
const KUBERNETES: &str = "JOB_COMPLETION_INDEX";

/// The task that this program is.
struct Task {
    variable: &'static str,
    value: u64,
    /// From 0.
    index: u64,
    /// What counts the tasks, and how many there are.
    count: Option<(&'static str, u64)>,
}

/// The variables, and the number of parts that the user gave.
struct Environment<V> {
    variable: V,
    count: Option<usize>,
}

/// The share that the environment says. `variable` reads one.
///
/// # Errors
/// [`Error::Option`] of `--part`, which names the variable that is missing, malformed or contradicts another.
pub fn taken(count: Option<usize>, variable: impl Fn(&str) -> Option<OsString>) -> Result<Taken, Error> {
    let environment = Environment { variable, count };
    let arrays = [environment.array()?, environment.kubernetes()?];
    let array = match arrays {
        [Some(array), Some(other)] => return Err(environment.contradiction(&array, &other)),
        [array, other] => array.or(other),
    };
    let launcher = environment.launcher()?;
    let task = match (array, launcher) {
        (Some(array), Some(launcher)) if launcher.count.is_some_and(|(_, count)| count > 1) => {
            return Err(environment.contradiction(&array, &launcher));
        }
        (Some(task), _) | (None, Some(task)) => task,
        (None, None) => {
            let launchers: Vec<&str> = LAUNCHERS.iter().map(|[rank, _]| *rank).collect();
            return Err(environment.refused(format!(
                "one of {ARRAY}, {KUBERNETES}, {} in the environment, or --part K/N",
                launchers.join(", ")
            )));
        }
    };
    environment.share(&task)
}

impl<V: Fn(&str) -> Option<OsString>> Environment<V> {
    /// A task of a SLURM array.
    fn array(&self) -> Result<Option<Task>, Error> {
        let Some(id) = self.number(ARRAY)? else {
            return Ok(None);
        };
        let needed = |name| {
            let missing = || self.refused(format!("{name} beside {ARRAY}={id}, or --part K/N"));
            self.number(name)?.ok_or_else(missing)
        };
        let (min, max) = (needed(ARRAY_MIN)?, needed(ARRAY_MAX)?);
        let step = self.number(ARRAY_STEP)?.unwrap_or(1).max(1);
        let count = self.number(ARRAY_COUNT)?;
        let tasks = max.checked_sub(min).map(|last| last / step + 1);
        let is_regular = (min..=max).contains(&id)
            && (id - min).is_multiple_of(step)
            && count.is_none_or(|count| tasks == Some(count));
        if !is_regular {
            let count = count.map_or_else(String::new, |count| format!(" and {ARRAY_COUNT}={count}"));
            return Err(self.refused(format!(
                "an array of numbers from first to last in equal steps, found {ARRAY}={id} with {ARRAY_MIN}={min}, \
                 {ARRAY_MAX}={max}, {ARRAY_STEP}={step}{count}; to run some tasks of an array again, give --part K/N"
            )));
        }
        Ok(Some(Task {
            variable: ARRAY,
            value: id,
            index: (id - min) / step,
            count: count.map(|count| (ARRAY_COUNT, count)),
        }))
    }

    /// A task of an indexed job of Kubernetes, which does not count them.
    fn kubernetes(&self) -> Result<Option<Task>, Error> {
        let index = self.number(KUBERNETES)?;
        Ok(index.map(|index| Task {
            variable: KUBERNETES,
            value: index,
            index,
            count: None,
        }))
    }

    /// A process of the innermost launcher.
    fn launcher(&self) -> Result<Option<Task>, Error> {
        for [rank, size] in LAUNCHERS {
            if let Some(index) = self.number(rank)? {
                return Ok(Some(Task {
                    variable: rank,
                    value: index,
                    index,
                    count: self.number(size)?.map(|count| (size, count)),
                }));
            }
        }
        Ok(None)
    }

    fn share(&self, task: &Task) -> Result<Taken, Error> {
        let own = format!("{}={}", task.variable, task.value);
        let count = match (task.count, self.count) {
            (None, None) => {
                let size = LAUNCHERS.iter().find(|[rank, _]| *rank == task.variable);
                let missing = size.map_or("the number of parts", |[_, size]| size);
                return Err(self.refused(format!(
                    "{missing} beside {own}: --part auto/N gives the number of parts"
                )));
            }
            (Some((variable, count)), Some(given)) if count != given as u64 => {
                return Err(self.refused(format!("the count of {variable}={count}, or --part K/N")));
            }
            (Some((variable, count @ ..2)), _) => {
                return Err(self.refused(format!(
                    "more than one task, found {variable}={count}; to run one task of several again, give --part K/N"
                )));
            }
            (Some((_, count)), _) => count,
            (None, Some(given)) => given as u64,
        };
        let as_size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let share = Share::new(as_size(task.index.saturating_add(1)), as_size(count));
        let beyond = || {
            self.refused(format!(
                "a task of {count}, found number {} by {own}",
                task.index + 1
            ))
        };
        Ok(Taken {
            share: share.ok_or_else(beyond)?,
            from: Some(own),
        })
    }

    /// The value of a variable that is set.
    fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        let Some(value) = (self.variable)(name) else {
            return Ok(None);
        };
        let number = value.to_str().and_then(|value| value.trim().parse::<u32>().ok());
        match number {
            Some(number) => Ok(Some(number.into())),
            None => Err(self.refused(format!("{name} to be a number, found {value:?}"))),
        }
    }

    fn contradiction(&self, one: &Task, other: &Task) -> Error {
        self.refused(format!(
            "one numbering of tasks, found {}={} and {}={}; give --part K/N",
            one.variable, one.value, other.variable, other.value
        ))
    }

    fn refused(&self, expected: String) -> Error {
        let count = self.count.map_or_else(String::new, |count| format!("/{count}"));
        Error::option("--part", format!("auto{count}"), expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `--part auto`, or `auto/COUNT`, takes from variables that are separated by spaces.
    fn found(count: Option<usize>, variables: &str) -> Result<Taken, Error> {
        let variable = |name: &str| {
            let mut pairs = variables.split(' ').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        };
        taken(count, variable)
    }

    /// SLURM's variables of a task of an array.
    fn array(id: u32, min: u32, max: u32, step: u32, count: u32) -> String {
        format!("{ARRAY}={id} {ARRAY_MIN}={min} {ARRAY_MAX}={max} {ARRAY_STEP}={step} {ARRAY_COUNT}={count}")
    }

    #[test]
    fn the_first_task_is_part_one_whatever_its_number() {
        for (count, variables, share, from) in [
            (None, array(1, 1, 8, 1, 8), "1/8", "SLURM_ARRAY_TASK_ID=1"),
            (None, array(0, 0, 7, 1, 8), "1/8", "SLURM_ARRAY_TASK_ID=0"),
            (None, array(7, 0, 7, 1, 8), "8/8", "SLURM_ARRAY_TASK_ID=7"),
            (None, array(30, 10, 40, 10, 4), "3/4", "SLURM_ARRAY_TASK_ID=30"),
            (None, array(5, 1, 8, 4, 2), "2/2", "SLURM_ARRAY_TASK_ID=5"),
            (Some(8), array(3, 1, 8, 1, 8), "3/8", "SLURM_ARRAY_TASK_ID=3"),
            // Of a batch script, in which no launcher runs.
            (
                None,
                array(3, 1, 8, 1, 8) + " SLURM_PROCID=0 SLURM_NTASKS=1",
                "3/8",
                "SLURM_ARRAY_TASK_ID=3",
            ),
            (
                Some(5),
                "JOB_COMPLETION_INDEX=4".to_owned(),
                "5/5",
                "JOB_COMPLETION_INDEX=4",
            ),
            (
                None,
                "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=4".to_owned(),
                "2/4",
                "OMPI_COMM_WORLD_RANK=1",
            ),
            (None, "PMI_RANK=0 PMI_SIZE=2".to_owned(), "1/2", "PMI_RANK=0"),
            (
                None,
                "SLURM_PROCID=2 SLURM_NTASKS=3".to_owned(),
                "3/3",
                "SLURM_PROCID=2",
            ),
            // Open MPI's mpirun starts one process per node by srun, and its own in them.
            (
                None,
                "SLURM_PROCID=1 SLURM_NTASKS=2 OMPI_COMM_WORLD_RANK=5 OMPI_COMM_WORLD_SIZE=8".to_owned(),
                "6/8",
                "OMPI_COMM_WORLD_RANK=5",
            ),
        ] {
            let expected = Taken {
                share: share.parse().unwrap(),
                from: Some(from.to_owned()),
            };
            assert_eq!(found(count, &variables).unwrap(), expected, "{variables}");
        }
    }

    #[test]
    fn what_is_missing_malformed_or_contradictory_is_refused_by_its_name() {
        for (count, variables, expected) in [
            (
                None,
                String::new(),
                "one of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, OMPI_COMM_WORLD_RANK",
            ),
            (
                None,
                format!("{ARRAY}=3"),
                "SLURM_ARRAY_TASK_MIN beside SLURM_ARRAY_TASK_ID=3",
            ),
            (
                None,
                format!("{ARRAY}=3 {ARRAY_MIN}=1 {ARRAY_MAX}=8"),
                "the number of parts beside SLURM_ARRAY_TASK_ID=3",
            ),
            (
                None,
                format!("{ARRAY}="),
                "SLURM_ARRAY_TASK_ID to be a number, found \"\"",
            ),
            (None, array(3, 1, 8, 1, 8).replace("ID=3", "ID=x"), "found \"x\""),
            // --array=1,3,7 and --array=3 of an earlier one
            (None, array(1, 1, 7, 1, 3), "SLURM_ARRAY_TASK_COUNT=3"),
            (
                None,
                array(3, 3, 3, 1, 1),
                "more than one task, found SLURM_ARRAY_TASK_COUNT=1",
            ),
            (None, array(9, 1, 8, 1, 8), "found SLURM_ARRAY_TASK_ID=9"),
            (None, array(3, 8, 1, 1, 8), "found SLURM_ARRAY_TASK_ID=3"),
            (
                Some(4),
                array(3, 1, 8, 1, 8),
                "the count of SLURM_ARRAY_TASK_COUNT=8",
            ),
            (
                None,
                "JOB_COMPLETION_INDEX=4".to_owned(),
                "--part auto/N gives the number of parts",
            ),
            (
                Some(4),
                "JOB_COMPLETION_INDEX=4".to_owned(),
                "a task of 4, found number 5 by JOB_COMPLETION_INDEX=4",
            ),
            (None, "PMI_RANK=1".to_owned(), "PMI_SIZE beside PMI_RANK=1"),
            (
                None,
                "PMI_RANK=1 PMI_SIZE=-2".to_owned(),
                "PMI_SIZE to be a number",
            ),
            (
                None,
                "SLURM_PROCID=0 SLURM_NTASKS=1".to_owned(),
                "found SLURM_NTASKS=1",
            ),
            (
                None,
                array(3, 1, 8, 1, 8) + " SLURM_PROCID=1 SLURM_NTASKS=4",
                "found SLURM_ARRAY_TASK_ID=3 and SLURM_PROCID=1",
            ),
            (
                Some(8),
                array(3, 1, 8, 1, 8) + " JOB_COMPLETION_INDEX=1",
                "found SLURM_ARRAY_TASK_ID=3 and JOB_COMPLETION_INDEX=1",
            ),
        ] {
            let error = found(count, &variables).unwrap_err();
            assert!(error.is_usage());
            assert!(error.to_string().contains(expected), "{variables}: {error}");
        }
    }
}
