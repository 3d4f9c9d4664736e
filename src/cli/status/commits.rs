//! The commits behind tags that move and bare digests, so that an image is called as everywhere else.

use crate::{
    aws::Client,
    model::{Answer, Ask, ImageChoice, Service, version::is_moving},
};
use futures_util::{StreamExt, stream};
use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

/// Images that are looked up for one environment; a fleet of more is told by digests.
const MOST: usize = 40;

/// Look-ups at once.
const AT_ONCE: usize = 8;

/// They are worth no longer wait than this.
const PATIENCE: Duration = Duration::from_secs(3);

/// Tags that name a commit or release, by digest. What cannot be read is left out.
pub(super) async fn read(client: &Client, services: &[Service]) -> HashMap<String, String> {
    let wanted: BTreeSet<(&str, &str)> = services
        .iter()
        .map(|service| &service.version)
        .filter(|version| version.tag.as_deref().is_none_or(is_moving))
        .filter(|version| crate::model::reference::is_ecr(&version.image))
        .filter_map(|version| Some((version.repository(), version.digest.as_deref()?)))
        .collect();
    let look_up = |(repository, digest): (&str, &str)| {
        let ask =
            Ask::Image { repository: repository.to_owned(), choice: ImageChoice::Digest(digest.to_owned()) };
        let digest = digest.to_owned();
        async move {
            match client.ask(ask, &|_| ()).await {
                Ok(Answer::Image(Some(image))) => Some((digest, image.telling()?.to_owned())),
                _ => None,
            }
        }
    };
    let wanted: Vec<(&str, &str)> = wanted.into_iter().take(MOST).collect();
    let found = stream::iter(wanted.into_iter().map(look_up)).buffer_unordered(AT_ONCE);
    let found = found.filter_map(std::future::ready).collect();
    tokio::time::timeout(PATIENCE, found).await.unwrap_or_default()
}
