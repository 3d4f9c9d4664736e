//! Task definitions: what the cockpit reads of one, and the copy with another image.

use super::{LogRoute, Reference, Sealed, Stamp, reference::same_repository, secret};
use serde_json::Value;

/// Members of DescribeTaskDefinition's answer that RegisterTaskDefinition does not take
/// (ECS API reference, RegisterTaskDefinition).
pub const READ_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// A container of a task definition, as far as plans and screens need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerBrief {
    /// Its name.
    pub name: String,
    /// Its image reference.
    pub image: String,
    /// Whether the task stops with it.
    pub essential: bool,
    /// Where its lines go.
    pub log: LogRoute,
    /// Names of its environment variables (never the values).
    pub environment: Vec<String>,
    /// Names of its secrets.
    pub secrets: Vec<String>,
    /// Names of its ports.
    pub ports: Vec<String>,
    /// Whether it routes the logs of the others (`firelensConfiguration`).
    pub router: bool,
}

/// A revision of a task definition.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskDefinition {
    /// Full ARN.
    pub arn: String,
    /// Its family.
    pub family: String,
    /// Its revision number.
    pub revision: u32,
    /// `ACTIVE`, `INACTIVE`, `DELETE_IN_PROGRESS`.
    pub status: String,
    /// When it was registered.
    pub registered_at: Option<Stamp>,
    /// Who registered it, as AWS tells.
    pub registered_by: Option<String>,
    /// Its containers.
    pub containers: Vec<ContainerBrief>,
    /// The network mode; `awsvpc` needs a network configuration to run a task.
    pub network_mode: String,
    /// The whole answer of AWS, `tags` included, to be registered again.
    pub document: Sealed,
    /// The same document with secrets masked and text neutralised, for the screen and for diffs. Equal
    /// values have equal masks within one process, so a diff shows that a value changed, never what it is.
    pub shown: Value,
}

impl TaskDefinition {
    /// `prod-service:42`.
    pub fn label(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }

    /// What tells the application's container from its helpers, container by container.
    pub fn facts(&self) -> Vec<Facts> {
        let proxy = self.shown.pointer("/proxyConfiguration/containerName").and_then(Value::as_str);
        self.containers
            .iter()
            .map(|container| Facts {
                essential: container.essential,
                helper: container.router || proxy == Some(&container.name),
                ports: container.ports.clone(),
            })
            .collect()
    }

    /// Names of the volumes that whoever launches a task configures.
    pub fn launch_volumes(&self) -> Vec<&str> {
        let volumes = self.shown.get("volumes").and_then(Value::as_array);
        let at_launch = |v: &&Value| v.get("configuredAtLaunch").and_then(Value::as_bool) == Some(true);
        volumes.into_iter().flatten().filter(at_launch).filter_map(|v| v.get("name")?.as_str()).collect()
    }

    /// The containers besides the named one that have an image of its repository.
    pub fn siblings(&self, name: &str) -> Vec<&ContainerBrief> {
        let Some(own) = self.containers.iter().find(|c| c.name == name) else { return Vec::new() };
        let same = |c: &&ContainerBrief| c.name != name && same_repository(&c.image, &own.image);
        self.containers.iter().filter(same).collect()
    }

    /// Those of the siblings that name the very same image.
    pub fn twins(&self, name: &str) -> Vec<&ContainerBrief> {
        let Some(own) = self.containers.iter().find(|c| c.name == name) else { return Vec::new() };
        let own = Reference::split(&own.image);
        self.siblings(name).into_iter().filter(|c| Reference::split(&c.image).same(&own)).collect()
    }

    /// The document to register for the same definition with other images in the named containers: read-only members
    /// dropped, empty tags left out, all else untouched, members the cockpit does not know included.
    ///
    /// `None` when a name is no container's, or the image is not whole as AWS has it.
    pub fn with_images(&self, containers: &[String], image: &str) -> Option<Sealed> {
        if secret::is_masked(image) {
            return None;
        }
        let mut document = self.document.open().clone();
        for container in containers {
            set_image(&mut document, container, image)?;
        }
        let object = document.as_object_mut()?;
        for member in READ_ONLY {
            object.shift_remove(member);
        }
        if object.get("tags").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            object.shift_remove("tags");
        }
        Some(Sealed::new(document))
    }

    /// The masked document as it would be with `image` in these containers, for the plan's diff.
    pub fn shown_with_images(&self, containers: &[String], image: &str) -> Value {
        let mut shown = self.shown.clone();
        for container in containers {
            let _ = set_image(&mut shown, container, image);
        }
        shown
    }
}

fn set_image(document: &mut Value, container: &str, image: &str) -> Option<()> {
    let containers = document.get_mut("containerDefinitions")?.as_array_mut()?;
    let found = containers
        .iter_mut()
        .find(|c| c.get("name").and_then(Value::as_str) == Some(container))?
        .as_object_mut()?;
    found.insert("image".to_owned(), Value::String(image.to_owned()));
    Some(())
}

/// What a task definition tells of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Whether the task stops with it.
    pub essential: bool,
    /// Whether it routes the logs of others (`firelensConfiguration`) or their traffic (`proxyConfiguration`).
    pub helper: bool,
    /// Names of its ports.
    pub ports: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_copy_keeps_what_it_does_not_know() {
        let document = json!({
            "taskDefinitionArn": "arn:x", "revision": 3, "family": "a", "status": "ACTIVE", "tags": [],
            "compatibilities": [], "newMember": {"kept": true},
            "containerDefinitions": [{"name": "service", "image": "old", "restartPolicy": {"enabled": true}}]
        });
        let definition = TaskDefinition {
            arn: "arn:x".into(),
            family: "a".into(),
            revision: 3,
            status: "ACTIVE".into(),
            registered_at: None,
            registered_by: None,
            containers: vec![],
            network_mode: "awsvpc".into(),
            document: Sealed::new(document.clone()),
            shown: document,
        };
        let copy = definition.with_images(&["service".to_owned()], "new").unwrap();
        assert_eq!(
            copy.open(),
            &json!({"family": "a", "newMember": {"kept": true},
                "containerDefinitions": [{"name": "service", "image": "new", "restartPolicy": {"enabled": true}}]})
        );
        assert!(definition.with_images(&["other".to_owned()], "new").is_none());
        // a mask is what is shown, and is registered by nobody
        assert!(definition.with_images(&["service".to_owned()], "••••0000@r/a:1").is_none());
    }
}
