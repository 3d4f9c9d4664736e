//! What AWS writes, cut to what people need of it.

use super::parts::CauseKind;

/// A text with ARNs cut to what they name, and without the ids that AWS puts in brackets.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive([' ', '(', ',', '\'', '"']) {
        match word.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4)) {
            Some(name) => out.push_str(&name_in(name)),
            None => out.push_str(word),
        }
    }
    out
}

/// `targetgroup/prod/27cc` is called prod, `loadbalancer/app/prod/50dc` too.
fn name_in(resource: &str) -> String {
    let Some(rest) = resource.strip_prefix("targetgroup/") else { return resource.to_owned() };
    let bare = rest.trim_end_matches([' ', ')', ',', '.', '(']);
    let end = rest.strip_prefix(bare).unwrap_or_default();
    format!("{}{end}", bare.split('/').next().unwrap_or(bare))
}

/// Why a task could not be started: the sort, and a clause. AWS's words come from the ECS developer guide, "Stopped
/// tasks error codes": CannotPullContainerError, ResourceInitializationError, `RESOURCE:…`, and "Unexpected EC2 error
/// while attempting to Create Network Interface … InsufficientFreeAddressesInSubnet".
pub fn start(reason: &str) -> (CauseKind, String) {
    let lower = reason.to_lowercase();
    let has = |needle: &str| lower.contains(needle);
    if has("cannotpull") {
        return (CauseKind::ImagePull, pull(reason, &lower));
    }
    if has("insufficientfreeaddresses") || has("enough free ip") || has("free addresses in subnet") {
        let subnet = word_with(reason, "subnet-").map(|id| format!("subnet {id}"));
        let whose = subnet.unwrap_or_else(|| "its subnet".to_owned());
        return (CauseKind::NoAddresses, format!("{whose} has no free addresses"));
    }
    // the same words stand where the image's registry is what may not be asked
    if has("registry auth") && has("ecr:") {
        return (CauseKind::ImagePull, "the execution role may not pull its image".to_owned());
    }
    if has("unable to pull secrets") || has("secrets manager") || has("ssm parameter") || has("from asm") {
        return (CauseKind::Secret, secret(reason, &lower));
    }
    if reason.contains("RESOURCE:") || has("capacity is unavailable") || has("no container instance") {
        return (CauseKind::NoCapacity, capacity(reason));
    }
    (CauseKind::Start, format!("tasks cannot be started: {}", clip(&plain(reason))))
}

fn pull(reason: &str, lower: &str) -> String {
    let image = reason
        .split([' ', ',', '"'])
        .map(|word| word.trim_end_matches([':', '.', ';', ',']))
        .find(|word| {
            word.contains('/') && (word.contains(':') || word.contains('@')) && !word.contains("://")
        })
        .map(|word| word.rsplit('/').next().unwrap_or(word).to_owned());
    let image = image.map_or_else(|| "the image".to_owned(), |name| format!("image {name}"));
    if lower.contains("not found") || lower.contains("manifest unknown") || lower.contains("does not exist") {
        format!("{image} does not exist")
    } else if ["403", "denied", "no basic auth", "not authorized", "unauthorized"]
        .iter()
        .any(|w| lower.contains(w))
    {
        format!("{image} may not be pulled")
    } else if ["timeout", "timed out", "connection refused", "no such host"].iter().any(|w| lower.contains(w))
    {
        format!("{image} cannot be pulled: its registry is not reached")
    } else if lower.contains("no space left") {
        format!("{image} cannot be pulled: no space left")
    } else {
        format!("{image} cannot be pulled: {}", clip(&plain(reason)))
    }
}

fn secret(reason: &str, lower: &str) -> String {
    // `arn:aws:secretsmanager:…:secret:prod/DATABASE_URL-AbCdEf`, `…:parameter/prod/KEY`
    let named = reason.split([' ', ',', '\'', '"']).find_map(|word| {
        let name = word.split_once(":secret:").or_else(|| word.split_once(":parameter/"))?.1;
        let name = name.split(':').next()?.trim_end_matches(['.', ';']);
        // Secrets Manager adds six characters of its own
        let bare = name.rsplit_once('-').filter(|(_, tail)| tail.len() == 6).map_or(name, |(bare, _)| bare);
        Some(bare.to_owned())
    });
    let named = named.map_or_else(|| "a secret".to_owned(), |name| format!("secret {name}"));
    let why = if lower.contains("accessdenied") || lower.contains("not authorized") {
        "the execution role may not read it"
    } else if lower.contains("notfound") || lower.contains("can't find") {
        "it does not exist"
    } else if lower.contains("timeout") || lower.contains("deadline") || lower.contains("connection") {
        "Secrets Manager is not reached"
    } else {
        ""
    };
    if why.is_empty() { format!("{named} cannot be read") } else { format!("{named} cannot be read: {why}") }
}

/// Why there is nowhere to run a task, from a stopped reason or an event: "was unable to place a task because no container
/// instance met all of its requirements. The closest matching (container-instance …) has insufficient memory available",
/// "… has insufficient CPU units available", "… is already using a port required by your task", "Reason: No Container
/// Instances were found in your cluster" (ECS developer guide, "service event messages"), `RESOURCE:MEMORY`, `RESOURCE:CPU`,
/// `RESOURCE:PORTS` ("API failures messages"). The service's own name, with which events begin, tells nothing.
pub fn capacity(reason: &str) -> String {
    let own = reason.strip_prefix("(service ").and_then(|rest| rest.split_once(") "));
    let reason = own.map_or(reason, |(_, told)| told);
    let lower = reason.to_lowercase();
    let says = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
    if says(&["insufficient memory", "resource:memory"]) {
        "no container instance has enough memory left".to_owned()
    } else if says(&["insufficient cpu", "resource:cpu"]) {
        "no container instance has enough CPU left".to_owned()
    } else if says(&["already using a port", "resource:ports"]) {
        "its host port is taken on every container instance".to_owned()
    } else if says(&["no container instances were found"]) {
        "there is no container instance".to_owned()
    } else if says(&["capacity is unavailable"]) {
        "AWS has no capacity for its tasks at this time".to_owned()
    } else {
        format!("there is nowhere to run its tasks: {}", clip(&plain(reason)))
    }
}

fn word_with<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.split([' ', '\'', '"', ',', '(', ')', '.', ':']).find(|word| word.starts_with(prefix))
}

/// At most so many characters, for a clause in a sentence.
pub fn clip(text: &str) -> String {
    const MOST: usize = 120;
    let text = text.trim();
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(MOST - 1).collect::<String>().trim_end())
}

/// What AWS wrote of an end, with its beginning and its end where it is long: what went wrong stands last.
pub fn ends(text: &str) -> String {
    const MOST: usize = 120;
    const TAIL: usize = 80;
    let text = text.trim();
    let count = text.chars().count();
    if count <= MOST {
        return text.to_owned();
    }
    // `service: CannotPullContainerError: `
    let named = text.split_inclusive(": ").scan(0, |at, part| {
        *at += part.chars().count();
        Some((*at, part.trim_end().ends_with("Error:")))
    });
    let head = named.take_while(|(at, _)| *at < MOST - TAIL).find(|part| part.1).map_or(36, |part| part.0);
    let begin: String = text.chars().take(head).collect();
    let rest: String = text.chars().skip(count - TAIL).collect();
    let rest = rest.split_once(' ').map_or(rest.as_str(), |(_, whole)| whole);
    format!("{} … {rest}", begin.trim_end())
}

/// `1,024`.
pub fn thousands(digits: &str) -> String {
    let mut out = String::new();
    let count = digits.chars().count();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (count - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_reason_the_end_is_told() {
        let told = ends(
            "service: CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 111122223333.dkr.ecr.us-west-2.amazonaws.com/app:f00dbad: 111122223333.dkr.ecr.us-west-2.amazonaws.com/app:f00dbad: not found",
        );
        assert_eq!(
            told,
            "service: CannotPullContainerError: … 111122223333.dkr.ecr.us-west-2.amazonaws.com/app:f00dbad: not found"
        );
        let told = ends(
            "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet 'subnet-0a1b2c': InsufficientFreeAddressesInSubnet",
        );
        assert!(
            told.starts_with("Unexpected EC2 error") && told.ends_with("InsufficientFreeAddressesInSubnet")
        );
        assert_eq!(ends("exit 2"), "exit 2");
    }

    #[test]
    fn why_there_is_no_room_is_told_by_aws_and_not_by_a_name() {
        let event = |service: &str, why: &str| {
            format!(
                "(service {service}) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 0123) {why}. For more information, see the Troubleshooting section."
            )
        };
        for (service, why, told) in [
            (
                "memory-cache",
                "has insufficient CPU units available",
                "no container instance has enough CPU left",
            ),
            (
                "cpu-burner",
                "has insufficient memory available",
                "no container instance has enough memory left",
            ),
            (
                "ports-of-call",
                "is already using a port required by your task",
                "its host port is taken on every container instance",
            ),
        ] {
            assert_eq!(capacity(&event(service, why)), told);
        }
        let told = capacity(&event("memory-cache", "is missing an attribute required by your task"));
        assert!(told.starts_with("there is nowhere to run its tasks: was unable to place"), "{told}");
    }

    #[test]
    fn what_aws_writes_of_starts_is_told_in_a_clause() {
        for (reason, kind, told) in [
            (
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 1.dkr.ecr.us-west-2.amazonaws.com/app:nope: 1.dkr.ecr.us-west-2.amazonaws.com/app:nope: not found",
                CauseKind::ImagePull,
                "image app:nope does not exist",
            ),
            (
                "CannotPullContainerError: pull image manifest has been retried 5 time(s): httpReadSeeker: failed open: unexpected status code https://1.dkr.ecr.r.amazonaws.com/v2/x: 403 Forbidden",
                CauseKind::ImagePull,
                "the image may not be pulled",
            ),
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn:aws:secretsmanager:us-west-2:111122223333:secret:prod/DATABASE_URL-a1b2C3 from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
                CauseKind::Secret,
                "secret prod/DATABASE_URL cannot be read: it does not exist",
            ),
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::1:assumed-role/exec/abc is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:us-west-2:1:parameter/prod/KEY",
                CauseKind::Secret,
                "secret prod/KEY cannot be read: the execution role may not read it",
            ),
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): AccessDeniedException: User: arn:aws:sts::1:assumed-role/exec/abc is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows it",
                CauseKind::ImagePull,
                "the execution role may not pull its image",
            ),
            (
                "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet 'subnet-0a1b2c': InsufficientFreeAddressesInSubnet",
                CauseKind::NoAddresses,
                "subnet subnet-0a1b2c has no free addresses",
            ),
            ("RESOURCE:MEMORY", CauseKind::NoCapacity, "no container instance has enough memory left"),
            (
                "Capacity is unavailable at this time. Please try again later or in a different availability zone",
                CauseKind::NoCapacity,
                "AWS has no capacity for its tasks at this time",
            ),
            (
                "CannotStartContainerError: oops",
                CauseKind::Start,
                "tasks cannot be started: CannotStartContainerError: oops",
            ),
        ] {
            assert_eq!(start(reason), (kind, told.to_owned()), "{reason}");
        }
        assert_eq!((thousands("1024").as_str(), thousands("512").as_str()), ("1,024", "512"));
        assert_eq!(
            plain("in (target-group arn:aws:elasticloadbalancing:r:1:targetgroup/prod/27cc) due"),
            "in (target-group prod) due"
        );
    }
}
