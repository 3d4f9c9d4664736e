//! What a planner has read so far. A plan is worked out from the beginning whenever an answer comes; where it
//! needs something that was not read yet it halts there, the read is made, and it is worked out again.

use crate::model::{
    AlarmBrief, Answer, Ask, EnvironmentName, Image, ImageChoice, Refusal, Revision, Series, ServiceDetail,
    ServiceKey, TaskBrief, TaskDefinition, Trouble,
    ask::Used,
    identity::Identity,
    object::{Object, Place},
    process::{Life, Process},
};

/// Why a plan cannot be worked out further.
#[derive(Debug)]
pub(super) enum Halt {
    /// This must be read first.
    Need(Box<Ask>),
    /// It cannot be done.
    Refuse(Refusal),
}

impl Halt {
    /// It cannot be done.
    pub(super) fn refuse(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Refuse(Refusal::new(why, remedy))
    }
}

impl From<&Trouble> for Halt {
    fn from(trouble: &Trouble) -> Self {
        let mut why = trouble.clone();
        let remedy = std::mem::take(&mut why.remedy);
        Self::Refuse(Refusal::new(why.to_string(), remedy))
    }
}

/// A part of a plan.
pub(super) type Part<T> = Result<T, Halt>;

/// A service's metrics.
type ServiceSeries = (ServiceKey, Vec<Series>);

/// Everything that was read.
#[derive(Debug, Default)]
pub(super) struct Found {
    answers: Vec<(Ask, Result<Answer, Trouble>)>,
}

impl Found {
    /// Keeps an answer.
    pub(super) fn keep(&mut self, ask: Ask, answer: Result<Answer, Trouble>) {
        self.answers.push((ask, answer));
    }

    fn get(&self, ask: Ask) -> Part<Result<&Answer, &Trouble>> {
        match self.answers.iter().find(|(asked, _)| *asked == ask) {
            Some((_, answer)) => Ok(answer.as_ref()),
            None => Err(Halt::Need(Box::new(ask))),
        }
    }

    /// The caller.
    pub(super) fn identity(&self) -> Part<&Identity> {
        match self.get(Ask::Identity)?? {
            Answer::Identity(identity) => Ok(identity),
            _ => Err(unreadable("who is calling")),
        }
    }

    /// The service in depth.
    pub(super) fn detail(&self, key: &ServiceKey) -> Part<&ServiceDetail> {
        match self.get(Ask::Detail(key.clone()))?? {
            Answer::Detail(detail) => Ok(detail),
            _ => Err(unreadable("the service")),
        }
    }

    /// A task definition.
    pub(super) fn definition(&self, arn: &str) -> Part<&TaskDefinition> {
        match self.get(Ask::Definition(arn.to_owned()))?? {
            Answer::Definition(definition) => Ok(definition),
            _ => Err(unreadable("the task definition")),
        }
    }

    /// Whether a process of this machine is still there.
    pub(super) fn life(&self, process: &Process) -> Part<Life> {
        match self.get(Ask::Process(process.clone()))?? {
            Answer::Process(life) => Ok(*life),
            _ => Err(unreadable("the process")),
        }
    }

    /// The tasks that any flightdeck started, as asked, or why they cannot be told.
    pub(super) fn begun(&self, ask: Ask) -> Part<Result<&[TaskBrief], &Trouble>> {
        match self.get(ask)? {
            Ok(Answer::Tasks(tasks)) => Ok(Ok(tasks)),
            Ok(_) => Err(unreadable("the tasks")),
            Err(trouble) => Ok(Err(trouble)),
        }
    }

    /// The services that use something, by cluster and name, or why that cannot be told.
    pub(super) fn users(
        &self,
        environment: Option<EnvironmentName>,
        of: Used,
        (clusters, apprunner): (Option<Vec<String>>, Option<Vec<String>>),
    ) -> Part<Result<&[(String, String)], &Trouble>> {
        match self.get(Ask::Users { environment, of, clusters, apprunner })? {
            Ok(Answer::Users(users)) => Ok(Ok(users)),
            Ok(_) => Err(unreadable("the services beside it")),
            Err(trouble) => Ok(Err(trouble)),
        }
    }

    /// The service's revisions, newest first.
    pub(super) fn revisions(&self, key: &ServiceKey) -> Part<&[Revision]> {
        match self.get(Ask::Revisions(key.clone()))?? {
            Answer::Revisions(revisions) => Ok(revisions),
            _ => Err(unreadable("the revisions")),
        }
    }

    /// A task.
    pub(super) fn task(&self, cluster: &str, task: &str) -> Part<Option<&TaskBrief>> {
        match self.get(Ask::Task { cluster: cluster.to_owned(), task: task.to_owned() })?? {
            Answer::Task(task) => Ok(task.as_ref()),
            _ => Err(unreadable("the task")),
        }
    }

    /// An image of a repository, or why it cannot be told.
    pub(super) fn image(
        &self,
        repository: &str,
        choice: &ImageChoice,
    ) -> Part<Result<Option<&Image>, &Trouble>> {
        let ask = Ask::Image { repository: repository.to_owned(), choice: choice.clone() };
        match self.get(ask)? {
            Ok(Answer::Image(image)) => Ok(Ok(image.as_ref())),
            Ok(_) => Err(unreadable("the image")),
            Err(trouble) => Ok(Err(trouble)),
        }
    }

    /// An object of S3, or why it cannot be read.
    pub(super) fn object(&self, place: &Place) -> Part<Result<Option<&Object>, &Trouble>> {
        match self.get(Ask::Object { place: place.clone() })? {
            Ok(Answer::Object(object)) => Ok(Ok(object.as_ref())),
            Ok(_) => Err(unreadable("the lock")),
            Err(trouble) => Ok(Err(trouble)),
        }
    }

    /// The named alarms, or why they cannot be read.
    pub(super) fn alarms(&self, names: &[String]) -> Part<Result<&[AlarmBrief], &Trouble>> {
        match self.get(Ask::Alarms { names: names.to_vec() })? {
            Ok(Answer::Alarms(alarms)) => Ok(Ok(alarms)),
            Ok(_) => Err(unreadable("the alarms")),
            Err(trouble) => Ok(Err(trouble)),
        }
    }

    /// Series of metrics, or why they cannot be read.
    pub(super) fn metrics(&self, ask: Ask) -> Part<Result<&[ServiceSeries], &Trouble>> {
        match self.get(ask)? {
            Ok(Answer::Metrics(series)) => Ok(Ok(series)),
            Ok(_) => Err(unreadable("the metrics")),
            Err(trouble) => Ok(Err(trouble)),
        }
    }

    /// The images of a repository, newest first; none where they cannot be read, since plans only compare
    /// with them.
    pub(super) fn images(&self, repository: &str) -> Part<&[Image]> {
        match self.get(Ask::Images { repository: repository.to_owned() })? {
            Ok(Answer::Images(images)) => Ok(images),
            _ => Ok(&[]),
        }
    }
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Self::from(&trouble)
    }
}

fn unreadable(what: &str) -> Halt {
    Halt::refuse(format!("the answer about {what} could not be read"), "try again")
}
