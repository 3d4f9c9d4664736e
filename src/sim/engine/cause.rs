//! Why a deployment is given up, in AWS's words.

/// Why a deployment is given up.
pub(super) enum Cause {
    /// Tasks kept failing; in which way.
    Breaker(&'static str),
    /// These alarms fired.
    Alarms(Vec<String>),
    /// StopServiceDeployment.
    Request,
    /// ContinueServiceDeployment with ROLLBACK.
    Decision,
    /// Nobody decided a lifecycle hook in time.
    Expired,
}

impl Cause {
    pub(super) fn failure(&self) -> &'static str {
        match self {
            Self::Breaker(what) => what,
            Self::Alarms(_) => "alarm detected.",
            Self::Request => "service deployment stopped.",
            Self::Decision => "lifecycle hook rolled back.",
            Self::Expired => "lifecycle hook timed out.",
        }
    }

    pub(super) fn rolled_back(&self) -> String {
        match self {
            Self::Breaker(_) => {
                "Service deployment rolled back because the circuit breaker threshold was exceeded."
                    .to_owned()
            }
            Self::Alarms(names) => {
                format!("Service deployment rolled back because alarms fired: {}.", names.join(", "))
            }
            Self::Request => {
                "Service deployment rolled back because of a StopServiceDeployment request.".to_owned()
            }
            Self::Decision => {
                "Service deployment rolled back because of a ContinueServiceDeployment request.".to_owned()
            }
            Self::Expired => "Service deployment rolled back because a lifecycle hook timed out.".to_owned(),
        }
    }

    pub(super) fn stopped(&self) -> String {
        match self {
            Self::Breaker(_) => {
                "Service deployment stopped because the circuit breaker threshold was exceeded.".to_owned()
            }
            Self::Alarms(names) => {
                format!("Service deployment stopped because alarms fired: {}.", names.join(", "))
            }
            Self::Request => {
                "Service deployment stopped because of a StopServiceDeployment request.".to_owned()
            }
            Self::Decision => {
                "Service deployment stopped because of a ContinueServiceDeployment request.".to_owned()
            }
            Self::Expired => "Service deployment stopped because a lifecycle hook timed out.".to_owned(),
        }
    }

    pub(super) fn who(&self) -> &'static str {
        match self {
            Self::Breaker(_) => "ECS deployment circuit breaker",
            Self::Alarms(_) => "ECS deployment alarms",
            Self::Request => "StopServiceDeployment",
            Self::Decision | Self::Expired => "ECS deployment lifecycle hook",
        }
    }
}
